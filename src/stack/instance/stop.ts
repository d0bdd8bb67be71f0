import { existsSync } from 'node:fs';
import { Failure } from '../../config/failure.js';
import { signalProcess } from '../process/identity.js';
import { instanceDirectory } from './home.js';
import { clearLeftovers, endWithin } from './leftovers.js';
import { acquireLock, lockHolder } from './lock.js';
import { removeInstanceDirectory } from './remove.js';
import { readInstance } from './state.js';

export interface StopOptions {
  /** Remove its data, too. */
  readonly wipe: boolean;
  /** How long an orderly stop may take before it is killed; ms. */
  readonly timeoutMs: number;
}

export interface StopResult {
  /** `cleared`: it had crashed, and what it had left was cleaned up. */
  readonly outcome: 'stopped' | 'killed' | 'cleared' | 'was-not-running';
  readonly wiped: boolean;
}

/**
 * Stops an instance that another process runs, in order (see Instance.stop), and clears what a
 * crashed one has left. Idempotent.
 */
export async function stopInstance(
  home: string,
  name: string,
  { wipe, timeoutMs }: StopOptions,
): Promise<StopResult> {
  const directory = instanceDirectory(home, name);
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
  const cleared = await clearLeftovers(directory);
  if (wipe) await removeInstanceDirectory(directory);
  else lock.release();
  const ended = killed ? 'killed' : 'stopped';
  return {
    outcome: signalled ? ended : cleared ? 'cleared' : 'was-not-running',
    wiped: wipe,
  };
}
