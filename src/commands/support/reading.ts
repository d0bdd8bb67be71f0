import { setTimeout as delay } from 'node:timers/promises';

import { Failure } from '../../config/failure.js';
import type { Endpoints } from '../../config/endpoints.js';
import { toFailure } from '../../pipeline/failures.js';
import { openStores, type Stores } from '../../pipeline/stores.js';

/** A store that hangs does not keep anyone longer from ending. */
const closeDeadlineMs = 1_000;

/**
 * Runs `work` with an instance's stores open for reading, and closes them.
 * @param stop aborted where the user asked to stop
 * @throws Failure (serviceFailed) with a cure where a store does not answer, (interrupted) where
 *   the work ended because the user asked to stop
 */
export async function reading<T>(
  endpoints: Endpoints,
  work: (stores: Stores) => Promise<T>,
  stop?: AbortSignal,
): Promise<T> {
  try {
    const stores = openStores(endpoints);
    try {
      return await work(stores);
    } finally {
      await Promise.race([stores[Symbol.asyncDispose](), delay(closeDeadlineMs)]);
    }
  } catch (error) {
    if (stop?.aborted === true) throw new Failure('interrupted', { exit: 'interrupted' });
    throw toFailure(error, endpoints);
  }
}
