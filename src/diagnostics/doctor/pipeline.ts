import type { Endpoints } from '../../config/endpoints.js';
import type { TopicSettings } from '../../config/topicSettings.js';
import { openStores, type Stores } from '../../pipeline/runtime/stores.js';
import type { StoreName } from '../../stores/errors.js';
import { Failure } from '../../util/failure.js';
import { within } from '../../util/within.js';
import { checkStores } from '../checkStores.js';
import { examine, failedCheck, type Finding, type Look } from '../finding.js';
import { toFailure } from '../toFailure.js';
import { examineGroups, examineTopics, topicsCheck } from './kafka.js';
import { clockCheck, databaseCheck, examineClock, examineDatabase } from './postgres.js';
import { examineRedis, redisCheck } from './redis.js';
import { examineReplication, replicationCheck } from './replication.js';

const ingestTimeoutMs = 5_000;
const storeTimeoutMs = 6_000;
const closeTimeoutMs = 1_000;
const late = `no answer within ${storeTimeoutMs / 1_000} s`;
const consumersCheck = 'consumers process';

/** The problem of each store; undefined if it can be used. */
type Problems = Readonly<Record<StoreName, Promise<Failure | undefined>>>;

const names = { kafka: 'Kafka', postgres: 'PostgreSQL', redis: 'Redis' } as const;

/**
 * Checks a pipeline's stores, consumers and ingest concurrently, with one check per row of the
 * troubleshooting table.
 * @param url the base URL of ingest, if known
 * @param settings the configured settings of topics, if known
 */
export async function examinePipeline(
  endpoints: Endpoints,
  url: string | undefined,
  settings: TopicSettings = {},
): Promise<Finding[]> {
  const { kafka, namespace } = endpoints;
  const stores = openStores(endpoints);
  const problems: Problems = {
    kafka: problemWith(endpoints, 'kafka'),
    postgres: problemWith(endpoints, 'postgres'),
    redis: problemWith(endpoints, 'redis'),
  };
  /** Runs a store's own check, which fails if the store cannot be used at all. */
  const ofStore = async (check: string, store: StoreName, look: () => Promise<Finding>) => {
    const problem = await problems[store];
    return problem === undefined ? look() : failedCheck(check, problem, '');
  };
  const comparable = problems.postgres.then((problem) => problem === undefined);
  const findings = await Promise.all([
    examine('ingest is ready', () => ingestLook(url), 'Check "gamemetrics logs ingest".'),
    ofStore(topicsCheck, 'kafka', () => examineTopics(stores.browser, kafka.brokers, namespace)),
    // The previous check reports the problems of Kafka itself.
    problems.kafka.then((problem) =>
      problem === undefined
        ? examineReplication(stores, endpoints, settings)
        : skipped(replicationCheck, 'kafka'),
    ),
    examineConsumers(stores, endpoints, problems),
    ofStore(databaseCheck, 'postgres', () => examineDatabase(stores)),
    ofStore(redisCheck, 'redis', async () => examineRedis(stores, await comparable)),
    // PostgreSQL's own check reports its problems.
    comparable.then((works) => (works ? examineClock(stores) : skipped(clockCheck, 'postgres'))),
  ]);
  const closed = Promise.allSettled([stores[Symbol.asyncDispose]()]);
  await within(closed, closeTimeoutMs, () => undefined);
  return findings.flat();
}

async function problemWith(endpoints: Endpoints, store: StoreName): Promise<Failure | undefined> {
  const [problem] = await within(checkStores(endpoints, [store]), storeTimeoutMs, () => {
    const cure =
      'Check whether it is stopped or overloaded, with "gamemetrics logs" and its own log.';
    return [new Failure(`${names[store]}: ${late}`, { code: 'service_failed', cure })];
  });
  return problem;
}

async function examineConsumers(
  stores: Stores,
  endpoints: Endpoints,
  problems: Problems,
): Promise<Finding[]> {
  for (const store of ['kafka', 'postgres'] as const) {
    if ((await problems[store]) !== undefined) return [skipped(consumersCheck, store)];
  }
  const failed = (error: unknown) => [
    failedCheck(consumersCheck, toFailure(error, endpoints), 'Check "gamemetrics logs".'),
  ];
  const found = examineGroups(stores).catch(failed);
  return within(found, storeTimeoutMs, () => failed(new Error(late)));
}

function skipped(check: string, store: StoreName): Finding {
  return { check, state: 'skipped', detail: `fix ${names[store]} first` };
}

async function ingestLook(url: string | undefined): Promise<Look> {
  if (url === undefined) {
    const cure = 'Set GAMEMETRICS_URL to its address.';
    return { state: 'skipped', detail: 'its address is unknown', cure };
  }
  const response = await fetch(new URL('/readyz', url), {
    signal: AbortSignal.timeout(ingestTimeoutMs),
  });
  const text = await response.text();
  if (response.ok) return { state: 'ok', detail: url };
  const cure = 'The response names what is not ready; check "gamemetrics logs ingest", too.';
  return {
    state: 'failed',
    detail: `${url} responds ${response.status}: ${text.slice(0, 200)}`,
    cure,
  };
}
