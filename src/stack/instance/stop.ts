import { existsSync } from 'node:fs';
import type { Environment } from '../../config/endpoints.js';
import { Failure } from '../../config/failure.js';
import { connectDocker } from '../docker/client.js';
import { removeResources } from '../docker/resources.js';
import { signalProcess } from '../process/identity.js';
import { instanceDirectory } from './home.js';
import { clearLeftovers, endWithin } from './leftovers.js';
import { acquireLock, lockHolder } from './lock.js';
import { finishRemovals, removeInstanceDirectory } from './remove.js';
import { readStacks } from './stacks.js';
import { readInstance } from './state.js';

export interface StopOptions {
  /** Remove its data, too. */
  readonly wipe: boolean;
  /** How long an orderly stop may take before it is killed; ms. */
  readonly timeoutMs: number;
  readonly env: Environment;
}

export interface StopResult {
  /**
   * `cleared`: it had crashed, and what it had left was cleaned up. `containers-removed`: it did not
   * run, but had left its containers running for its next start.
   */
  readonly outcome: 'stopped' | 'killed' | 'cleared' | 'containers-removed' | 'was-not-running';
  readonly wiped: boolean;
}

/**
 * Stops an instance that another process runs, in order (see Instance.stop), and clears what a
 * crashed one has left. Idempotent.
 * @throws Failure (serviceFailed) where it has something in Docker, which does not answer
 */
export async function stopInstance(
  home: string,
  name: string,
  { wipe, timeoutMs, env }: StopOptions,
): Promise<StopResult> {
  const directory = instanceDirectory(home, name);
  if (wipe) await finishRemovals(directory);
  if (!existsSync(directory)) return { outcome: 'was-not-running', wiped: false };
  const supervisor = lockHolder(directory) ?? readInstance(home, name)?.supervisor;
  const signalled = supervisor !== undefined && signalProcess(supervisor, 'SIGTERM');
  const killed = signalled && !(await endWithin(timeoutMs, [supervisor]));
  if (killed) {
    signalProcess(supervisor, 'SIGKILL');
    await endWithin(timeoutMs, [supervisor]);
  }
  const lock = await acquireLock(directory);
  if (!lock.acquired) {
    throw new Failure(`instance "${name}" was started again meanwhile (pid ${lock.holder.pid})`, {
      exit: 'serviceFailed',
      cure: 'Run "gamemetrics down" again.',
    });
  }
  try {
    const cleared = (await clearLeftovers(directory)) !== undefined;
    // One that stopped in order has removed its containers, or left them for its next start.
    const mayHaveLeft = !signalled || killed;
    const removed =
      readStacks(directory).includes('docker') && (wipe || mayHaveLeft)
        ? await removeResources(await connectDocker(env), directory, { volumes: wipe })
        : false;
    if (wipe) await removeInstanceDirectory(directory);
    return { outcome: outcomeOf({ signalled, killed, cleared, removed }), wiped: wipe };
  } finally {
    lock.release();
  }
}

function outcomeOf(found: {
  readonly signalled: boolean;
  readonly killed: boolean;
  readonly cleared: boolean;
  /** Whether containers were removed here. */
  readonly removed: boolean;
}): StopResult['outcome'] {
  if (found.killed) return 'killed';
  if (found.signalled) return 'stopped';
  if (found.cleared) return 'cleared';
  return found.removed ? 'containers-removed' : 'was-not-running';
}
