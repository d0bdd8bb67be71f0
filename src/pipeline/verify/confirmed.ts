import { setTimeout as sleep } from 'node:timers/promises';

import { Failure } from '../../util/failure.js';
import type { Stores } from '../runtime/stores.js';
import { waitForCut } from '../waiting/drained.js';

/** How often a finding must be found. */
const attempts = 3;

/** A batch that has begun is committed, or retried, within this time, in milliseconds. */
const pauseMs = 400;

const settleMs = 3_000;

/**
 * Searches several times, and keeps what every search finds. Before each further search the groups
 * catch up with the log. One search alone reports what is only under way: a dead letter is stored a
 * little later than the events of its batch, and a batch that fails after its write to Redis writes
 * there again.
 * @param keyOf identifies a finding across searches
 * @returns the findings of the last search that all earlier ones found too
 */
export async function findConfirmed<T>(
  stores: Stores,
  find: () => Promise<readonly T[]>,
  keyOf: (found: T) => string,
): Promise<readonly T[]> {
  let found = await find();
  for (let attempt = 1; attempt < attempts && found.length > 0; attempt += 1) {
    await settle(stores);
    const before = new Set(found.map(keyOf));
    found = (await find()).filter((each) => before.has(keyOf(each)));
  }
  return found;
}

/** Goes on after a while even if a group makes no progress: then nothing changes meanwhile either. */
async function settle(stores: Stores): Promise<void> {
  await sleep(pauseMs);
  try {
    await waitForCut(stores, { timeoutMs: settleMs });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}
