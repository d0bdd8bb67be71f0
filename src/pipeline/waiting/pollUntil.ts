import { setTimeout as sleep } from 'node:timers/promises';

import { StoreUnavailable } from '../../stores/errors.js';
import { pause } from '../../util/pause.js';
import { untilAborted } from '../../util/untilAborted.js';

/** A poll takes some milliseconds: after this long, in milliseconds, a store hangs. */
const hangingMs = 3_000;

const hanging = 'a store does not answer';

/** The longest delay of Node's timers, 24 days. */
const longestMs = 2 ** 31 - 1;

export interface PollOptions<T> {
  readonly timeoutMs: number;
  /** The pause between two polls. */
  readonly pollMs: number;
  readonly signal: AbortSignal | undefined;
  /** The error to throw at the deadline, from the last result or from why there is none. */
  readonly late: (last: T | undefined, why: string) => Error;
}

/**
 * Polls the stores, at least once, until the result is enough. A store that is unavailable is polled
 * again, and one that hangs does not delay the deadline.
 * @param isEnough called with each result
 * @returns the last result
 * @throws the error of `late`, the signal's reason if it aborts, or any other error of `look`
 */
export async function pollUntil<T>(
  look: () => Promise<T>,
  isEnough: (seen: T) => boolean,
  { timeoutMs, pollMs, signal, late }: PollOptions<T>,
): Promise<T> {
  const deadline = AbortSignal.timeout(Math.min(Math.ceil(timeoutMs), longestMs));
  const stop = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  const stopped = untilAborted(stop).then(() => undefined);
  // Even the shortest timeout allows one poll of stores that answer.
  let over = Promise.all([stopped, sleep(hangingMs, undefined, { ref: false })]).then(
    () => undefined,
  );
  let last: T | undefined;
  let why = hanging;
  for (;;) {
    const begun = performance.now();
    const seen = await Promise.race([unlessUnavailable(look), over]);
    over = stopped;
    const isAway = seen instanceof StoreUnavailable;
    if (seen !== undefined && !isAway && isEnough(seen)) return seen;
    // A poll that the deadline cut short has no result: the one before it counts.
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

async function unlessUnavailable<T>(look: () => Promise<T>): Promise<T | StoreUnavailable> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof StoreUnavailable) return error;
    throw error;
  }
}
