import { setTimeout as sleep } from 'node:timers/promises';

import { Failure } from '../../util/failure.js';
import type { Stores } from '../runtime/stores.js';
import { waitForCut } from '../waiting/drained.js';

/** How many searches must return a finding. */
const attempts = 3;

/** A batch that has begun is committed or retried within this time, in milliseconds. */
const pauseMs = 400;

const settleMs = 3_000;

/**
 * Searches several times, and keeps the findings that all searches return. The groups catch up with
 * the log between searches. A single search would also return temporary differences: a dead letter is
 * stored a little later than the events of its batch, and a batch that fails after its write to Redis
 * repeats that write.
 * @param keyOf identifies a finding across searches
 * @returns the findings that all searches returned, as of the last one
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

/** Returns after a timeout if a group makes no progress: then its stores do not change either. */
async function settle(stores: Stores): Promise<void> {
  await sleep(pauseMs);
  try {
    await waitForCut(stores, { timeoutMs: settleMs });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}
