import type { Endpoints } from '../config/endpoints.js';
import { KafkaBrowser } from '../stores/kafka/browser.js';
import { withOpened } from './opened.js';

/** Somebody waits for it. */
const requestTimeoutMs = 6_000;

/**
 * Runs `work` with a target's Kafka open for browsing, and closes it.
 * @param stop aborted where the user asks to stop
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
