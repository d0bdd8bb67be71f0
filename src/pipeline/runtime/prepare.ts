import type { Endpoints } from '../../config/endpoints.js';
import { environment } from '../../config/environment.js';
import { topicSettingsFromEnvironment, type TopicSettings } from '../../config/topicSettings.js';
import { toFailure } from '../../diagnostics/toFailure.js';
import { KafkaAdmin } from '../../stores/kafka/admin.js';
import { Database } from '../../stores/postgres/database.js';
import { migrate } from '../../stores/postgres/migrate.js';
import { Failure } from '../../util/failure.js';
import { untilAborted } from '../../util/untilAborted.js';
import { readReplication, replicationWarnings } from './replicationReport.js';
import { prepareTopics, type KafkaPlace } from './topics.js';

const application = 'gamemetrics-prepare';

/** The result of preparing the stores. */
export interface Preparation {
  /** The applied migrations. */
  readonly migrations: readonly string[];
  /** Problems of topics that already existed, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Prepares the stores for the pipeline: applies migrations and creates topics. It is idempotent and
 * safe to run concurrently.
 * @param settings the settings of new topics; taken from the environment variables if omitted
 * @param signal aborts immediately, even while a store is waiting
 * @throws Failure (service_failed) with a fix if a store cannot be used, (invalid_setting) if topic settings
 *   contradict each other, (interrupted) if the signal aborts
 */
export async function prepareStores(
  endpoints: Endpoints,
  settings = topicSettingsFromEnvironment(environment()),
  signal: AbortSignal = new AbortController().signal,
): Promise<Preparation> {
  const work = Promise.all([
    migrateDatabase(endpoints, signal),
    createAndReview(endpoints, settings),
  ]).catch((error: unknown) => {
    throw toFailure(error, endpoints);
  });
  const [migrations, warnings] = await Promise.race([work, interruption(signal)]);
  return { migrations, warnings };
}

async function migrateDatabase(endpoints: Endpoints, signal: AbortSignal): Promise<string[]> {
  const database = new Database(endpoints.postgres, { application, connections: 1, timeoutMs: 0 });
  // Another process may hold the migration lock forever, or for as long as its migration takes.
  const abort = (): void => database.abort();
  signal.addEventListener('abort', abort);
  try {
    return await migrate(database);
  } finally {
    signal.removeEventListener('abort', abort);
    await database.close();
  }
}

async function interruption(signal: AbortSignal): Promise<never> {
  await untilAborted(signal);
  throw new Failure('interrupted', { code: 'interrupted' });
}

/** Creates the missing topics. @throws Failure, or the store's error */
export async function createTopics(
  endpoints: KafkaPlace,
  settings = topicSettingsFromEnvironment(environment()),
): Promise<void> {
  await withAdmin(endpoints, async (admin) => prepareTopics(admin, endpoints, settings));
}

/** @returns the problems of topics that already existed; newly created topics have none */
async function createAndReview(endpoints: KafkaPlace, settings: TopicSettings): Promise<string[]> {
  return withAdmin(endpoints, async (admin) => {
    const before = await prepareTopics(admin, endpoints, settings);
    const state = await readReplication(admin, endpoints, before);
    return replicationWarnings(state, settings, endpoints);
  });
}

async function withAdmin<T>(
  { kafka }: KafkaPlace,
  work: (admin: KafkaAdmin) => Promise<T>,
): Promise<T> {
  const admin = new KafkaAdmin(kafka, { clientId: application });
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}
