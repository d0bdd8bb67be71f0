import { setTimeout as sleep } from 'node:timers/promises';

import { isRunning, signalProcess, type ProcessIdentity } from '../process/identity.js';
import { readStateFile, removeStateFile, type InstanceState } from './state.js';

const graceMs = 10_000;

/**
 * Cleans up after a crashed instance. Its processes stop by themselves once their supervisor has
 * died (see child.ts); those that still run after 10 s are killed. The caller holds the instance's
 * lock.
 * @returns the last state of the instance; undefined if there was nothing to clean up
 */
export async function clearLeftovers(directory: string): Promise<InstanceState | undefined> {
  const state = readStateFile(directory);
  if (state === undefined) return undefined;
  const processes = state.processes.flatMap(({ pid, startTime }): ProcessIdentity[] =>
    pid === undefined || startTime === undefined ? [] : [{ pid, startTime }],
  );
  if (!(await endWithin(graceMs, processes))) {
    for (const identity of processes) signalProcess(identity, 'SIGKILL');
    await endWithin(graceMs, processes);
  }
  removeStateFile(directory);
  return state;
}

/**
 * Waits until all of these processes have ended.
 * @returns false if some still run at the timeout
 */
export async function endWithin(
  timeoutMs: number,
  processes: readonly ProcessIdentity[],
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (processes.some(isRunning)) {
    if (Date.now() > deadline) return false;
    await sleep(25);
  }
  return true;
}
