import { setTimeout as sleep } from 'node:timers/promises';

import { Failure } from '../../util/failure.js';
import type { Stores } from '../runtime/stores.js';
import { waitForCut } from '../waiting/drained.js';

const looks = 3;

/** A batch that was begun is committed, or tried again, within this time, in milliseconds. */
const pauseMs = 400;

const settleMs = 3_000;

/**
 * What is found each time that one looks, after the groups have come to what the log held meanwhile.
 * Each look is at one moment of the stores, but the dead letters are stored a little later than what
 * they stem from, and a batch that fails after it has written to Redis is written there again.
 */
export async function foundAgain<T>(
  stores: Stores,
  find: () => Promise<readonly T[]>,
  keyOf: (found: T) => string,
): Promise<readonly T[]> {
  let found = await find();
  for (let look = 1; look < looks && found.length > 0; look += 1) {
    await settle(stores);
    const before = new Set(found.map(keyOf));
    found = (await find()).filter((each) => before.has(keyOf(each)));
  }
  return found;
}

/** Groups that stand still do not keep a verification: what it finds is then as it stays. */
async function settle(stores: Stores): Promise<void> {
  await sleep(pauseMs);
  try {
    await waitForCut(stores, { timeoutMs: settleMs });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}
