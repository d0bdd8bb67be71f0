import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoints, Environment } from '../../config/endpoints.js';
import { Failure } from '../../config/failure.js';
import { embeddedServers, embeddedStack } from '../embedded/index.js';
import { externalStack } from '../external/index.js';
import type { ProcessSpec } from '../process/supervisedProcess.js';
import { selectStack, type StackChoice, type StackSelection } from '../select.js';
import type { Stack } from '../stack.js';
import { makeEphemeralHome } from './ephemeral.js';
import { defaultInstance, makeInstanceDirectory } from './home.js';
import { LocalInstance, type Instance } from './instance.js';
import { clearLeftovers } from './leftovers.js';
import { acquireLock } from './lock.js';
import { assignPorts, readPorts, wellKnownPorts, writePorts } from './ports.js';
import type { ProgressEvent } from './progress.js';
import { readStateFile } from './state.js';
import { roleProcesses, roleProcessSpec } from './roleProcesses.js';

/** How long to wait for an instance that is stopping; a stop's own deadlines are shorter. */
const stoppingMs = 60_000;

export interface InstanceOptions {
  readonly name: string;
  /** The folder of all instances; not used where the instance is ephemeral. */
  readonly home: string;
  readonly stack: StackChoice;
  /** Each role in a process of its own. */
  readonly isolate: boolean;
  /** State in a fresh temporary folder, on free ports, all of it removed by stop(). */
  readonly ephemeral: boolean;
  /** Whether the pipeline's roles run as children of this process, or not at all. */
  readonly roles: 'children' | 'none';
  /** The port of ingest, where it must be this one. */
  readonly port?: number;
  /** Called once the stores serve and before the roles start: migrations, topics. */
  readonly prepare: (endpoints: Endpoints, signal: AbortSignal) => Promise<void>;
  readonly report: (event: ProgressEvent) => void;
  /** Aborts the start (what was started is stopped); no effect once it has started. */
  readonly signal: AbortSignal;
  /** Kills every process at once, at any time; for a user to whom a stop takes too long. */
  readonly killSignal?: AbortSignal;
  readonly env: Environment;
}

/**
 * Starts an instance and waits until all of it serves. Where that fails, nothing is left running.
 * @throws Failure: usage (name, a port in use, already running), serviceFailed (with the process's
 * last lines), interrupted (the signal)
 */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const selection = selectStack(options.stack, options.env);
  options.report({ type: 'stack', ...selection });
  const home = options.ephemeral ? makeEphemeralHome() : options.home;
  const directory = makeInstanceDirectory(home, options.name);
  const release = await lockInstance(options.name, directory);
  const releaseLock = () => {
    if (options.ephemeral) rmSync(home, { recursive: true, force: true });
    else release();
  };
  let instance: LocalInstance | undefined;
  try {
    await clearLeftovers(directory);
    const plan = await planInstance(options, selection, directory);
    const { name, ephemeral, report, killSignal } = options;
    const { endpoints } = plan.stack;
    const own = {
      name,
      home,
      directory,
      selection,
      endpoints,
      ephemeral,
      report,
      releaseLock,
      killSignal,
    };
    instance = new LocalInstance(own);
    await startAll(instance, plan, options);
    return instance;
  } catch (error) {
    if (instance === undefined) releaseLock();
    else await instance.stop();
    throw error;
  }
}

/**
 * Takes the instance's lock; waits for one that is stopping.
 * @throws Failure (usage) where another process runs the instance
 */
async function lockInstance(name: string, directory: string): Promise<() => void> {
  const deadline = performance.now() + stoppingMs;
  for (;;) {
    const lock = await acquireLock(directory);
    if (lock.acquired) return lock.release;
    // Its state appears a moment after the lock is taken and goes a moment before it is released.
    const status = readStateFile(directory)?.status ?? 'stopping';
    if (status !== 'stopping' || performance.now() > deadline) {
      throw new Failure(`instance "${name}" already runs (pid ${lock.holder.pid})`, {
        exit: 'usage',
        cure: 'See it with "gamemetrics status", or stop it with "gamemetrics down".',
      });
    }
    await delay(50);
  }
}

interface Plan {
  readonly stack: Stack;
  readonly roles: readonly ProcessSpec[];
}

async function planInstance(
  options: InstanceOptions,
  { kind }: StackSelection,
  directory: string,
): Promise<Plan> {
  const { env } = options;
  const processes = options.roles === 'none' ? [] : roleProcesses(options.isolate);
  const servers = kind === 'embedded' ? embeddedServers : [];
  const names = [...processes.map(({ name }) => name), ...servers];
  const portOf = await choosePorts(options, directory, names);
  const logOf = (name: string) => join(directory, `${name}.log`);
  const stack =
    kind === 'embedded'
      ? embeddedStack({ directory, portOf, logOf, env })
      : await externalStack(env);
  const { endpoints } = stack;
  const roles = processes.map((each) => roleProcessSpec(each, { endpoints, portOf, logOf, env }));
  return { stack, roles };
}

async function choosePorts(
  options: InstanceOptions,
  directory: string,
  names: readonly string[],
): Promise<(name: string) => number> {
  const isDefault = options.name === defaultInstance && !options.ephemeral;
  const saved = readPorts(directory);
  const { ports, notices } = await assignPorts({
    names,
    saved,
    preferred: isDefault ? wellKnownPorts : {},
    explicit: options.port === undefined ? {} : { ingest: options.port },
  });
  writePorts(directory, { ...saved, ...ports });
  for (const text of notices) options.report({ type: 'notice', text });
  return (name) => {
    const port = ports[name];
    if (port === undefined) throw new Error(`no port was assigned to ${name}`);
    return port;
  };
}

async function startAll(
  instance: LocalInstance,
  { stack, roles }: Plan,
  { prepare, signal }: InstanceOptions,
): Promise<void> {
  await allOrNone(
    stack.servers.map((server) => async (abort) => instance.run(await server(abort))),
    instance,
    signal,
  );
  await allOrNone([(abort) => prepare(stack.endpoints, abort)], instance, signal);
  await allOrNone(
    roles.map((spec) => () => instance.run(spec)),
    instance,
    signal,
  );
  instance.running();
}

/**
 * Runs tasks in parallel. The first failure, or the signal, aborts the others and stops the
 * instance; only when all have ended is it thrown, so that none is at work on what is cleaned up.
 */
async function allOrNone(
  tasks: readonly ((abort: AbortSignal) => Promise<void>)[],
  instance: LocalInstance,
  signal: AbortSignal,
): Promise<void> {
  const controller = new AbortController();
  let reason: unknown;
  let stopped: Promise<void> | undefined;
  const abort = (error: unknown) => {
    if (controller.signal.aborted) return;
    reason = error;
    controller.abort();
    stopped = instance.stop();
  };
  const interrupt = () => abort(new Failure('interrupted', { exit: 'interrupted' }));
  signal.addEventListener('abort', interrupt);
  if (signal.aborted) interrupt();
  await Promise.all(tasks.map((task) => task(controller.signal).catch(abort)));
  signal.removeEventListener('abort', interrupt);
  await stopped;
  if (controller.signal.aborted) throw reason;
}
