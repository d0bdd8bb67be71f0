import type { Endpoints } from '../../config/endpoints.js';
import { toFailure } from '../../pipeline/failures.js';
import { KafkaBrowser } from '../../stores/kafka/browser.js';

/**
 * Runs `work` with a target's Kafka open for browsing, and closes it.
 * @throws Failure (serviceFailed) with a cure where Kafka does not answer
 */
export async function browsing<T>(
  endpoints: Endpoints,
  work: (browser: KafkaBrowser) => Promise<T>,
): Promise<T> {
  try {
    await using browser = new KafkaBrowser(endpoints.kafka, {
      clientId: 'gamemetrics-cli',
      level: 'error',
    });
    return await work(browser);
  } catch (error) {
    throw toFailure(error, endpoints);
  }
}
