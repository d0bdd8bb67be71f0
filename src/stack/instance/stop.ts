import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Environment } from '../../config/endpoints.js';
import { Failure } from '../../util/failure.js';
import { connectDocker } from '../docker/client.js';
import { removeResources } from '../docker/resources.js';
import { signalProcess } from '../process/identity.js';
import { RunsElsewhere } from './elsewhere.js';
import { instanceDirectory } from './home.js';
import { clearLeftovers, endWithin } from './leftovers.js';
import { acquireLock, lockHolder } from './lock.js';
import { finishRemovals, removeInstanceDirectory } from './remove.js';
import { readStacks } from './stacks.js';
import { readInstance } from './state.js';

interface StopOptions {
  /** Also remove the data. */
  readonly wipe: boolean;
  /** How long an orderly stop may take before the instance is killed; ms. */
  readonly timeoutMs: number;
  readonly env: Environment;
}

export interface StopResult {
  /**
   * `cleared`: it had crashed, and was cleaned up. `containers-removed`: it was not running, but
   * had left its containers running for its next start.
   */
  readonly outcome: 'stopped' | 'killed' | 'cleared' | 'containers-removed' | 'was-not-running';
  readonly wiped: boolean;
}

/**
 * Stops an instance that another process runs, in order (see Instance.stop), or cleans up after a
 * crashed one. Idempotent; concurrent calls all return once the instance has stopped.
 * @throws Failure: service_failed if it has containers and Docker does not answer; RunsElsewhere;
 *   started_meanwhile; stop_in_progress if another process is still stopping it at the timeout
 */
export async function stopInstance(
  home: string,
  name: string,
  { wipe, timeoutMs, env }: StopOptions,
): Promise<StopResult> {
  const directory = instanceDirectory(home, name);
  if (wipe) await finishRemovals(directory);
  if (!existsSync(directory)) return { outcome: 'was-not-running', wiped: false };
  const supervisor = lockHolder(directory, 'run') ?? readInstance(home, name)?.supervisor;
  const signalled = supervisor !== undefined && signalProcess(supervisor, 'SIGTERM');
  const killed = signalled && !(await endWithin(timeoutMs, [supervisor]));
  if (killed) {
    signalProcess(supervisor, 'SIGKILL');
    await endWithin(timeoutMs, [supervisor]);
  }
  const release = await lockToClear(name, directory, timeoutMs);
  if (release === undefined) return { outcome: outcomeOf({ signalled, killed }), wiped: false };
  try {
    const cleared = (await clearLeftovers(directory)) !== undefined;
    // After an orderly stop, its containers are removed or kept for its next start.
    const stoppedInOrder = signalled && !killed && !cleared;
    const removed =
      readStacks(directory).includes('docker') && (wipe || !stoppedInOrder)
        ? await removeResources(await connectDocker(env), directory, { volumes: wipe })
        : false;
    if (wipe) await removeInstanceDirectory(directory);
    return { outcome: outcomeOf({ signalled, killed, cleared, removed }), wiped: wipe };
  } finally {
    release();
  }
}

/**
 * Takes the instance's lock; waits while another process stops the instance.
 * @returns a function that releases the lock; undefined if that process has removed the instance
 */
async function lockToClear(
  name: string,
  directory: string,
  timeoutMs: number,
): Promise<(() => void) | undefined> {
  const deadline = performance.now() + timeoutMs;
  while (existsSync(directory)) {
    const lock = await acquireLock(directory, 'stop');
    if (lock.acquired) return lock.release;
    const { pid, purpose, elsewhere } = lock.rival;
    if (purpose !== 'stop') {
      if (elsewhere) throw new RunsElsewhere(name);
      throw new Failure(`instance "${name}" was started again during the stop (pid ${pid})`, {
        code: 'started_meanwhile',
      });
    }
    if (performance.now() > deadline) {
      throw new Failure(`another process is still stopping instance "${name}" (pid ${pid})`, {
        code: 'stop_in_progress',
      });
    }
    await sleep(50);
  }
  return undefined;
}

function outcomeOf(found: {
  readonly signalled: boolean;
  readonly killed: boolean;
  readonly cleared?: boolean;
  /** Whether containers were removed here. */
  readonly removed?: boolean;
}): StopResult['outcome'] {
  if (found.killed) return 'killed';
  if (found.signalled) return 'stopped';
  if (found.cleared === true) return 'cleared';
  return found.removed === true ? 'containers-removed' : 'was-not-running';
}
