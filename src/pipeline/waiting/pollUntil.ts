import { setTimeout as sleep } from 'node:timers/promises';

import { StoreUnavailable } from '../../stores/errors.js';
import { pause } from '../../util/pause.js';
import { untilAborted } from '../../util/untilAborted.js';

/** A look takes some milliseconds: after this a store hangs. */
const hangingMs = 3_000;

const hanging = 'a store does not answer';

/** The longest that Node's timers hold, 24 days. */
const longestMs = 2 ** 31 - 1;

export interface PollOptions<T> {
  readonly timeoutMs: number;
  /** Between two looks. */
  readonly pollMs: number;
  readonly signal: AbortSignal | undefined;
  /** What to throw when the time is up, by what was seen last, or by why nothing could be seen. */
  readonly late: (last: T | undefined, why: string) => Error;
}

/**
 * Looks at the stores, once at least, until it has seen enough. One that is away is asked again, and
 * one that hangs does not hold the deadline up.
 * @param isEnough told what each look saw
 * @returns what was seen last
 * @throws what `late` makes, the signal's reason once that is aborted, or what `look` throws else
 */
export async function pollUntil<T>(
  look: () => Promise<T>,
  isEnough: (seen: T) => boolean,
  { timeoutMs, pollMs, signal, late }: PollOptions<T>,
): Promise<T> {
  const deadline = AbortSignal.timeout(Math.min(Math.ceil(timeoutMs), longestMs));
  const stop = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  const stopped = untilAborted(stop).then(() => undefined);
  // However short the time is, it is enough for one look at stores that answer.
  let over = Promise.all([stopped, sleep(hangingMs, undefined, { ref: false })]).then(
    () => undefined,
  );
  let last: T | undefined;
  let why = hanging;
  for (;;) {
    const begun = performance.now();
    const seen = await Promise.race([unlessAway(look), over]);
    over = stopped;
    const isAway = seen instanceof StoreUnavailable;
    if (seen !== undefined && !isAway && isEnough(seen)) return seen;
    // A look that the deadline cuts short says nothing: the one before it does.
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

async function unlessAway<T>(look: () => Promise<T>): Promise<T | StoreUnavailable> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof StoreUnavailable) return error;
    throw error;
  }
}
