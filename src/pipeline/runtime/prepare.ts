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

/** What was done to the stores, and what should be done. */
export interface Preparation {
  /** The migrations that were applied. */
  readonly migrations: readonly string[];
  /** What topics lack that were there before, a line each. */
  readonly warnings: readonly string[];
}

/**
 * Makes the stores ready for the pipeline: migrations and topics. Idempotent, and safe under any
 * number of racing starters.
 * @param settings of the topics that it creates; what the variables say when left out
 * @param signal ends it at once, whatever a store is waiting for
 * @throws Failure (serviceFailed) with a cure where a store cannot be worked with, (usage) for
 *   settings of topics that do not go together, (interrupted) by the signal
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
  // Another process may hold the lock for long, or for ever.
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
  throw new Failure('interrupted', { exit: 'interrupted' });
}

/** Makes the topics that are missing. @throws Failure, or what the store throws */
export async function createTopics(
  endpoints: KafkaPlace,
  settings = topicSettingsFromEnvironment(environment()),
): Promise<void> {
  await withAdmin(endpoints, async (admin) => prepareTopics(admin, endpoints, settings));
}

/** @returns what the topics lack that were there before: those that were just created lack nothing */
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
