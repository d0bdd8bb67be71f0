import { Failure } from '../../config/failure.js';
import type { Endpoints } from '../../config/endpoints.js';
import { toFailure } from '../../pipeline/failures.js';
import { openStores, type Stores } from '../../pipeline/stores.js';

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
    await using stores = await openStores(endpoints);
    return await work(stores);
  } catch (error) {
    if (stop?.aborted === true) throw new Failure('interrupted', { exit: 'interrupted' });
    throw toFailure(error, endpoints);
  }
}
