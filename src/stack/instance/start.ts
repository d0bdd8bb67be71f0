import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { Failure } from '../../util/failure.js';
import { findDockerProblem } from '../docker/available.js';
import { connectDocker } from '../docker/client.js';
import { chooseImages } from '../docker/images.js';
import { removeResources } from '../docker/resources.js';
import { PortReservations } from '../network.js';
import type { ProcessSpec } from '../process/supervisedProcess.js';
import { selectStack, type StackSelection } from '../select.js';
import { RunsElsewhere } from './elsewhere.js';
import { makeEphemeralHome } from './ephemeral.js';
import { instanceDirectory, makeInstanceDirectory } from './home.js';
import { LocalInstance, type Instance } from './instance.js';
import { clearLeftovers } from './leftovers.js';
import { acquireLock } from './lock.js';
import type { InstanceOptions } from './options.js';
import { planInstance, type Plan } from './plan.js';
import { finishRemovals } from './remove.js';
import { readStacks, rememberStack } from './stacks.js';
import { readStateFile } from './state.js';

/** How long to wait for an instance that is stopping; a stop's own deadlines are shorter. */
const stoppingMs = 60_000;

/** Another process runs the instance, or starts it. */
export class AlreadyRunning extends Failure {
  constructor(name: string, pid: number) {
    super(`instance "${name}" already runs (pid ${pid})`, {
      exit: 'serviceFailed',
      cure: 'See it with "gamemetrics status", or stop it with "gamemetrics down".',
    });
    this.name = 'AlreadyRunning';
  }
}

/** How often a start is tried again with other ports, where somebody took one of its own meanwhile. */
const furtherTries = 2;

/**
 * Starts an instance and waits until all of it serves. Where that fails, nothing is left running.
 * @throws Failure: usage (name, a port in use), serviceFailed (with the process's last lines;
 * AlreadyRunning), interrupted (the signal)
 */
export function startInstance(options: InstanceOptions): Promise<Instance> {
  return tryToStart(options, furtherTries);
}

async function tryToStart(options: InstanceOptions, triesLeft: number): Promise<Instance> {
  const selection = await selectFor(options);
  options.report({ type: 'stack', ...selection });
  const home = options.ephemeral ? makeEphemeralHome() : options.home;
  const directory = makeInstanceDirectory(home, options.name);
  const release = await lockInstance(options.name, directory);
  const releaseLock = () => {
    if (options.ephemeral) rmSync(home, { recursive: true, force: true });
    else release();
  };
  const reservations = new PortReservations();
  let instance: LocalInstance | undefined;
  try {
    await finishRemovals(directory);
    const left = await clearLeftovers(directory);
    if (left?.stack === 'docker' && selection.kind !== 'docker') {
      await removeContainers(directory, options);
    }
    rememberStack(directory, selection.kind);
    const plan = await planInstance(options, selection, directory, reservations);
    const { name, ephemeral, report, killSignal } = options;
    const { endpoints, removeData } = plan.stack;
    const own = {
      name,
      home,
      directory,
      selection,
      endpoints,
      removeData,
      ephemeral,
      report,
      releaseLock,
      killSignal,
    };
    instance = new LocalInstance(own);
    await startAll(instance, plan, options, reservations);
    return instance;
  } catch (error) {
    reservations.releaseAll();
    if (instance === undefined) {
      releaseLock();
      throw error;
    }
    await instance.stop();
    const lost = await reservations.lost();
    if (lost.length === 0 || triesLeft === 0 || options.signal.aborted) throw error;
    options.report({ type: 'notice', text: `port ${lost.join(', ')} was taken meanwhile` });
    return tryToStart(options, triesLeft - 1);
  }
}

/** @throws Failure (usage) for a name that is none, (interrupted) by the signal */
function selectFor(options: InstanceOptions): Promise<StackSelection> {
  const { name, home, ephemeral, stack, docker, env, report, signal } = options;
  const lastUsed = ephemeral ? undefined : readStacks(instanceDirectory(home, name))[0];
  const images = chooseImages(docker?.images ?? {}, env);
  const tell = (text: string) => report({ type: 'pulling', text });
  return selectStack(stack, env, {
    lastUsed,
    findDockerProblem: () => findDockerProblem({ images, env, report: tell, signal }),
  });
}

/** Containers that a crash has left behind; where Docker is away, they do not run either. */
async function removeContainers(directory: string, options: InstanceOptions): Promise<void> {
  const { env, report } = options;
  try {
    await removeResources(await connectDocker(env), directory, { volumes: false });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    report({ type: 'notice', text: `containers of before may be left: ${error.message}` });
  }
}

/**
 * Takes the instance's lock; waits for one that is stopping.
 * @throws AlreadyRunning, RunsElsewhere
 */
async function lockInstance(name: string, directory: string): Promise<() => void> {
  const deadline = performance.now() + stoppingMs;
  for (;;) {
    const lock = await acquireLock(directory, 'run');
    if (lock.acquired) return lock.release;
    // Its state appears a moment after the lock is taken and goes a moment before it is released.
    const status = readStateFile(directory)?.status ?? 'stopping';
    const stopping = lock.rival.purpose === 'stop' || status === 'stopping';
    if (!stopping || performance.now() > deadline) {
      const { elsewhere, pid } = lock.rival;
      throw elsewhere ? new RunsElsewhere(name) : new AlreadyRunning(name, pid);
    }
    await sleep(50);
  }
}

async function startAll(
  instance: LocalInstance,
  { stack, roles, portOf }: Plan,
  { prepare, signal }: InstanceOptions,
  reservations: PortReservations,
): Promise<void> {
  const run = (spec: ProcessSpec) => {
    reservations.release(portOf(spec.name));
    return instance.run(spec);
  };
  await allOrNone(
    stack.servers.map((server) => async (abort) => run(await server(abort))),
    instance,
    signal,
  );
  await allOrNone([(abort) => prepare(stack.endpoints, abort)], instance, signal);
  await allOrNone(
    roles.map((spec) => () => run(spec)),
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
