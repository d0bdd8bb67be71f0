import type { Endpoints } from '../config/endpoints.js';
import { KafkaBrowser } from '../stores/kafka/browser.js';
import { withOpened } from './opened.js';

/** Short, because a user waits for the result. */
const requestTimeoutMs = 6_000;

/**
 * Runs `work` with a connection to a target's Kafka for browsing, and closes it.
 * @param stop aborted when the user asks to stop
 * @throws Failure as {@link withOpened}
 */
export function browsing<T>(
  endpoints: Endpoints,
  work: (browser: KafkaBrowser) => Promise<T>,
  stop?: AbortSignal,
): Promise<T> {
  const options = { clientId: 'gamemetrics-cli', level: 'error', requestTimeoutMs } as const;
  const open = () => new KafkaBrowser(endpoints.kafka, options);
  return withOpened({ open, endpoints, stop }, work);
}
