import type { Endpoints } from '../../config/endpoints.js';
import { examine, failedCheck, type Finding, type Look } from '../../config/finding.js';
import { KafkaBrowser } from '../../stores/kafka/browser.js';
import { toFailure } from '../failures.js';
import { openStores, type Stores } from '../stores.js';
import { examineGroups, examineTopics } from './kafka.js';
import { examineClock, examineDatabase } from './postgres.js';
import { examineRedis } from './redis.js';

const application = 'gamemetrics-doctor';
const ingestTimeoutMs = 5_000;
const consumersCheck = 'consumers process';

/**
 * Looks at a pipeline's stores, consumers and ingest, each row of the troubleshooting table a check.
 * @param url ingest's base URL, where it is known
 */
export async function examinePipeline(
  endpoints: Endpoints,
  url: string | undefined,
): Promise<Finding[]> {
  const { kafka, namespace } = endpoints;
  const ingest = examine(
    'ingest is ready',
    () => ingestLook(url),
    'See "gamemetrics logs ingest".',
  );
  await using browser = new KafkaBrowser(kafka, { clientId: application, level: 'error' });
  const topics = await examineTopics(browser, kafka.brokers, namespace);
  // Without Kafka there is nothing to tell of its groups, and to try it again would only take time.
  const reachable = topics.state === 'ok' ? browser : undefined;
  return [await ingest, topics, ...(await examineStores(endpoints, reachable))];
}

async function examineStores(
  endpoints: Endpoints,
  browser: KafkaBrowser | undefined,
): Promise<Finding[]> {
  const failed = (check: string, error: unknown) =>
    failedCheck(check, toFailure(error, endpoints), 'See "gamemetrics logs".');
  try {
    await using stores = openStores(endpoints);
    const groups = await examineConsumers(stores, browser).catch((error: unknown) => [
      failed(consumersCheck, error),
    ]);
    return [
      ...groups,
      await examineDatabase(stores),
      await examineRedis(stores),
      await examineClock(stores),
    ];
  } catch (error) {
    return [failed('Redis is up to date', error)];
  }
}

async function examineConsumers(
  stores: Stores,
  browser: KafkaBrowser | undefined,
): Promise<Finding[]> {
  if (browser !== undefined) return examineGroups(stores, browser);
  return [{ check: consumersCheck, state: 'skipped', detail: 'mend Kafka first' }];
}

async function ingestLook(url: string | undefined): Promise<Look> {
  if (url === undefined) {
    const cure = 'Set GAMEMETRICS_URL to its address.';
    return { state: 'skipped', detail: 'its address is not known', cure };
  }
  const response = await fetch(new URL('/readyz', url), {
    signal: AbortSignal.timeout(ingestTimeoutMs),
  });
  const text = await response.text();
  if (response.ok) return { state: 'ok', detail: url };
  const cure = 'It names what it waits for; see "gamemetrics logs ingest".';
  return {
    state: 'failed',
    detail: `${url} answers ${response.status}: ${text.slice(0, 200)}`,
    cure,
  };
}
