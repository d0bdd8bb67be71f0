import { rmSync } from 'node:fs';

import { Failure } from '../../util/failure.js';
import { findDockerProblem } from '../docker/available.js';
import { connectDocker } from '../docker/client.js';
import { chooseImages } from '../docker/images.js';
import { removeResources } from '../docker/resources.js';
import { PortReservations } from '../network.js';
import { selectStack, type StackKind, type StackSelection } from '../select.js';
import { makeEphemeralHome } from './ephemeral.js';
import { instanceDirectory, makeInstanceDirectory } from './home.js';
import { LocalInstance, type Instance } from './instance.js';
import { clearLeftovers } from './leftovers.js';
import { lockToRun } from './lockToRun.js';
import type { InstanceOptions } from './options.js';
import { planInstance, planPorts } from './plan.js';
import { openPlatform, type Platform } from './platform.js';
import { assignPorts, readPorts, writePorts, type Ports } from './ports.js';
import { finishRemovals } from './remove.js';
import { readStacks, rememberStack } from './stacks.js';
import { startAll } from './startAll.js';

/**
 * How often a start is retried with other ports after another process has taken one of its ports.
 */
const retries = 2;

/**
 * Starts an instance and waits until all of its processes are ready. On failure, stops what it has
 * started.
 * @throws Failure: invalid_argument (the name, a port in use), service_failed (a process does not
 *   start, Docker does not answer), external_unusable, AlreadyRunning, RunsElsewhere, interrupted
 *   (the signal)
 */
export function startInstance(options: InstanceOptions): Promise<Instance> {
  return tryToStart(options, retries);
}

async function tryToStart(options: InstanceOptions, retriesLeft: number): Promise<Instance> {
  const { name, ephemeral, env, report, signal, killSignal } = options;
  const selection = await selectFor(options);
  const { kind } = selection;
  report({ type: 'stack', ...selection });
  const home = ephemeral ? makeEphemeralHome() : options.home;
  const directory = makeInstanceDirectory(home, name);
  const release = await lockToRun(name, directory);
  const releaseLock = () => {
    if (ephemeral) rmSync(home, { recursive: true, force: true });
    else release();
  };
  const reservations = new PortReservations();
  let instance: LocalInstance | undefined;
  try {
    await clearPreviousRun(directory, kind, options);
    rememberStack(directory, kind);
    const platform = await openPlatform(kind, directory, env);
    const ports = await takePorts(options, directory, platform, reservations);
    const plan = planInstance({ options, directory, platform, ports });
    for (const text of plan.notices) report({ type: 'notice', text });
    const { endpoints, removeData } = plan.stack;
    instance = new LocalInstance({
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
    });
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
    if (lost.length === 0 || retriesLeft === 0 || signal.aborted) throw error;
    report({ type: 'notice', text: `port ${lost.join(', ')} was taken by another process` });
    return tryToStart(options, retriesLeft - 1);
  }
}

/** @throws Failure: invalid_argument for an invalid name, interrupted by the signal */
function selectFor(options: InstanceOptions): Promise<StackSelection> {
  const { name, home, ephemeral, stack, docker, env, report, signal } = options;
  const lastUsed = ephemeral ? undefined : readStacks(instanceDirectory(home, name))[0];
  const images = chooseImages(docker?.images ?? {}, env);
  const reportPull = (text: string) => report({ type: 'pulling', text });
  return selectStack(stack, env, {
    lastUsed,
    findDockerProblem: () => findDockerProblem({ images, env, report: reportPull, signal }),
  });
}

/** Cleans up after an interrupted removal or a crash. */
async function clearPreviousRun(
  directory: string,
  kind: StackKind,
  { env, report }: InstanceOptions,
): Promise<void> {
  await finishRemovals(directory);
  const previous = await clearLeftovers(directory);
  // On Docker, the sidecars adopt the containers of the previous run.
  if (previous?.stack !== 'docker' || kind === 'docker') return;
  try {
    await removeResources(await connectDocker(env), directory, { volumes: false });
  } catch (error) {
    // If the engine does not run, neither do its containers.
    if (!(error instanceof Failure)) throw error;
    const text = `containers of the previous run may still exist: ${error.message}`;
    report({ type: 'notice', text });
  }
}

/**
 * Reserves a port for each process, and saves the ports for the next start.
 * @throws Failure (invalid_argument) if the port that the user set is in use
 */
async function takePorts(
  options: InstanceOptions,
  directory: string,
  platform: Platform,
  reservations: PortReservations,
): Promise<Ports> {
  const saved = readPorts(directory);
  const own = platform.kind === 'docker' ? platform.publishedPorts : [];
  const reserve = async (port: number) => own.includes(port) || reservations.reserve(port);
  const request = planPorts(options, platform.kind, saved);
  const { ports, notices } = await assignPorts(request, reserve);
  writePorts(directory, { ...saved, ...ports });
  for (const text of notices) options.report({ type: 'notice', text });
  return ports;
}
