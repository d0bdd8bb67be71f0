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

/** What keeps a store from being worked with, by what people call it; undefined where nothing does. */
type Problems = Readonly<Record<StoreName, Promise<Failure | undefined>>>;

const names = { kafka: 'Kafka', postgres: 'PostgreSQL', redis: 'Redis' } as const;

/**
 * Looks at a pipeline's stores, consumers and ingest, all at once, each row of the troubleshooting
 * table a check.
 * @param url ingest's base URL, where it is known
 * @param settings what topics were to have, where it is known
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
  /** A store's own check: what it lacks to be worked with at all fails it. */
  const ofStore = async (check: string, store: StoreName, look: () => Promise<Finding>) => {
    const problem = await problems[store];
    return problem === undefined ? look() : failedCheck(check, problem, '');
  };
  const comparable = problems.postgres.then((problem) => problem === undefined);
  const findings = await Promise.all([
    examine('ingest is ready', () => ingestLook(url), 'See "gamemetrics logs ingest".'),
    ofStore(topicsCheck, 'kafka', () => examineTopics(stores.browser, kafka.brokers, namespace)),
    // The check before says what is wrong with Kafka itself.
    problems.kafka.then((problem) =>
      problem === undefined
        ? examineReplication(stores, endpoints, settings)
        : skipped(replicationCheck, 'kafka'),
    ),
    examineConsumers(stores, endpoints, problems),
    ofStore(databaseCheck, 'postgres', () => examineDatabase(stores)),
    ofStore(redisCheck, 'redis', async () => examineRedis(stores, await comparable)),
    // PostgreSQL's own check says what is wrong with it.
    comparable.then((works) => (works ? examineClock(stores) : skipped(clockCheck, 'postgres'))),
  ]);
  const closed = Promise.allSettled([stores[Symbol.asyncDispose]()]);
  await within(closed, closeTimeoutMs, () => undefined);
  return findings.flat();
}

async function problemWith(endpoints: Endpoints, store: StoreName): Promise<Failure | undefined> {
  const [problem] = await within(checkStores(endpoints, [store]), storeTimeoutMs, () => {
    const cure = 'See whether it is stopped or overloaded: "gamemetrics logs", and its own log.';
    return [new Failure(`${names[store]}: ${late}`, { exit: 'serviceFailed', cure })];
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
    failedCheck(consumersCheck, toFailure(error, endpoints), 'See "gamemetrics logs".'),
  ];
  const found = examineGroups(stores).catch(failed);
  return within(found, storeTimeoutMs, () => failed(new Error(late)));
}

function skipped(check: string, store: StoreName): Finding {
  return { check, state: 'skipped', detail: `mend ${names[store]} first` };
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
