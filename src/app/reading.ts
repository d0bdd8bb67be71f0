import type { Endpoints } from '../config/endpoints.js';
import { openStores, type Stores } from '../pipeline/runtime/stores.js';
import { withOpened } from './opened.js';

/**
 * Runs `work` with an instance's stores open for reading, and closes them.
 * @param stop aborted when the user asks to stop
 * @throws Failure as {@link withOpened}
 */
export function reading<T>(
  endpoints: Endpoints,
  work: (stores: Stores) => Promise<T>,
  stop?: AbortSignal,
): Promise<T> {
  return withOpened({ open: () => openStores(endpoints), endpoints, stop }, work);
}
