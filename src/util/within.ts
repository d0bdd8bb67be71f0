import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for work, but for no longer than `ms` milliseconds.
 * @returns undefined where that was too short: the work goes on, and nobody learns how it ends
 */
export async function within<T>(work: PromiseLike<T>, ms: number): Promise<T | undefined> {
  const settled = new AbortController();
  try {
    return await Promise.race([work, sleep(ms, undefined, { signal: settled.signal })]);
  } finally {
    settled.abort();
  }
}
