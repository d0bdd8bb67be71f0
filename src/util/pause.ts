import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits, unless the signal is aborted.
 * @param ms milliseconds, at most 2^31 - 1
 * @returns whether the time has passed: false if the signal was aborted first
 */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal }).catch(() => false);
}
