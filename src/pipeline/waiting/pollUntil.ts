import { setTimeout as sleep } from 'node:timers/promises';

import { StoreUnavailable } from '../../stores/errors.js';
import { pause } from '../../util/pause.js';
import { untilAborted } from '../../util/untilAborted.js';

/** A poll takes a few milliseconds; after this time, in milliseconds, a store is considered hung. */
const hangingMs = 3_000;

const hanging = 'a store does not answer';

/** The longest delay of a Node timer in milliseconds, about 24 days. */
const longestMs = 2 ** 31 - 1;

export interface PollOptions<T> {
  readonly timeoutMs: number;
  /** The pause between two polls, in milliseconds. */
  readonly pollMs: number;
  readonly signal: AbortSignal | undefined;
  /** Makes the error to throw at the deadline, from the last result or the reason that there is none. */
  readonly late: (last: T | undefined, why: string) => Error;
}

/**
 * Polls the stores, at least once, until the result is sufficient. An unavailable store is polled
 * again, and a store that hangs does not delay the deadline.
 * @param isEnough called with each result
 * @returns the last result
 * @throws the error of `late`, the signal's reason if it aborts, or any other error of `poll`
 */
export async function pollUntil<T>(
  poll: () => Promise<T>,
  isEnough: (seen: T) => boolean,
  { timeoutMs, pollMs, signal, late }: PollOptions<T>,
): Promise<T> {
  const deadline = AbortSignal.timeout(Math.min(Math.ceil(timeoutMs), longestMs));
  const stop = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  const stopped = untilAborted(stop).then(() => undefined);
  // Even with the shortest timeout, one poll may complete if the stores answer.
  let over = Promise.all([stopped, sleep(hangingMs, undefined, { ref: false })]).then(
    () => undefined,
  );
  let last: T | undefined;
  let why = hanging;
  for (;;) {
    const begun = performance.now();
    const seen = await Promise.race([unlessUnavailable(poll), over]);
    over = stopped;
    const isAway = seen instanceof StoreUnavailable;
    if (seen !== undefined && !isAway && isEnough(seen)) return seen;
    // A poll that the deadline interrupted has no result, so the previous result counts.
    const isCutShort = deadline.aborted && performance.now() - begun < hangingMs;
    if (seen !== undefined || !isCutShort) {
      last = isAway ? undefined : seen;
      why = isAway ? seen.message : hanging;
    }
    signal?.throwIfAborted();
    if (deadline.aborted) throw late(last, why);
    await pause(pollMs, stop);
  }
}

async function unlessUnavailable<T>(poll: () => Promise<T>): Promise<T | StoreUnavailable> {
  try {
    return await poll();
  } catch (error) {
    if (error instanceof StoreUnavailable) return error;
    throw error;
  }
}
