import { setTimeout as sleep } from 'node:timers/promises';

import { Failure } from '../config/failure.js';
import { StoreUnavailable } from '../stores/errors.js';
import { dirtyBoards, readProgress, sum } from './observe/progress.js';
import { groupsBehind } from './projection/behind.js';
import type { Stores } from './stores.js';

const pollMs = 100;

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Told what is left each time it was looked at. */
  readonly onProgress?: (left: Remaining) => void;
}

/** What keeps a pipeline from being drained. */
export interface Remaining {
  /** Records that some group has not yet processed, summed over the groups. */
  readonly records: number;
  readonly boards: number;
  /** Groups whose picture in Redis lacks something that PostgreSQL has. */
  readonly projections: number;
}

/**
 * Waits until every group has processed all that its topic holds, every board's top is written, and
 * Redis shows it (a Redis that was emptied is drawn anew within seconds).
 * @throws Failure (timeout) that says what is left
 */
export async function waitDrained(stores: Stores, options: WaitOptions): Promise<void> {
  const late = AbortSignal.timeout(options.timeoutMs);
  const stop = options.signal === undefined ? late : AbortSignal.any([options.signal, late]);
  // A store that hangs must not hold the deadline up.
  const stopped = new Promise<undefined>((resolve) => {
    stop.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  for (;;) {
    const left = await Promise.race([remaining(stores), stopped]);
    if (left !== undefined) options.onProgress?.(left);
    if (left !== undefined && left.records + left.boards + left.projections === 0) return;
    options.signal?.throwIfAborted();
    if (late.aborted) {
      const what =
        left === undefined
          ? 'a store does not answer'
          : `${left.records} records and ${left.boards} boards are left` +
            (left.projections === 0 ? '' : ', and Redis is behind');
      throw new Failure(`not drained after ${options.timeoutMs / 1000} s: ${what}`, {
        exit: 'timeout',
        cure: 'See which group lags with "gamemetrics status", and why with "gamemetrics logs".',
      });
    }
    await Promise.race([sleep(pollMs), stopped]);
  }
}

/** @returns undefined where a store does not answer now */
async function remaining(stores: Stores): Promise<Remaining | undefined> {
  try {
    const events = await readProgress(stores, ['logger', 'statistics', 'leaderboard']);
    // Dead letters are written before the offset of what they stem from is stored: look after it.
    const letters = await readProgress(stores, ['dead-letter']);
    const records = sum([...events, ...letters].map(({ lag }) => lag));
    const boards = await dirtyBoards(stores);
    return { records, boards, projections: await groupsBehind(stores) };
  } catch (error) {
    if (error instanceof StoreUnavailable) return undefined;
    throw error;
  }
}
