import type { Endpoints } from '../config/endpoints.js';
import { environment } from '../config/environment.js';
import { Failure } from '../config/failure.js';
import { partitionsFromEnvironment } from '../config/partitions.js';
import { KafkaAdmin } from '../stores/kafka/admin.js';
import { Database } from '../stores/postgres/database.js';
import { migrate } from '../stores/postgres/migrate.js';
import { toFailure } from './failures.js';
import { prepareTopics, type KafkaPlace } from './topics.js';

const application = 'gamemetrics-prepare';

/**
 * Makes the stores ready for the pipeline: migrations and topics. Idempotent, and safe under any
 * number of racing starters.
 * @param partitions of the topics whose key is a player's; GAMEMETRICS_PARTITIONS when left out
 * @param signal ends it at once, whatever a store is waiting for
 * @returns the migrations that were applied
 * @throws Failure (serviceFailed) with a cure where a store cannot be worked with, (interrupted) by
 *   the signal
 */
export async function prepareStores(
  endpoints: Endpoints,
  partitions = partitionsFromEnvironment(environment()),
  signal: AbortSignal = new AbortController().signal,
): Promise<string[]> {
  const work = Promise.all([
    migrateDatabase(endpoints, signal),
    createTopics(endpoints, partitions),
  ]).catch((error: unknown) => {
    throw toFailure(error, endpoints);
  });
  const [migrations] = await Promise.race([work, interruption(signal)]);
  return migrations;
}

async function migrateDatabase(endpoints: Endpoints, signal: AbortSignal): Promise<string[]> {
  const database = new Database(endpoints.postgres, { application, connections: 1, timeoutMs: 0 });
  // Who holds the lock may keep it for ever, and another starter's migration may take its time.
  const abort = (): void => database.abort();
  signal.addEventListener('abort', abort);
  try {
    return await migrate(database);
  } finally {
    signal.removeEventListener('abort', abort);
    await database.close();
  }
}

function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const interrupt = (): void => reject(new Failure('interrupted', { exit: 'interrupted' }));
    if (signal.aborted) interrupt();
    else signal.addEventListener('abort', interrupt, { once: true });
  });
}

/** Makes the topics that are missing. @throws Failure, or what the store throws */
export async function createTopics(
  endpoints: KafkaPlace,
  partitions = partitionsFromEnvironment(environment()),
): Promise<void> {
  const admin = new KafkaAdmin(endpoints.kafka, { clientId: application });
  try {
    await prepareTopics(admin, endpoints, partitions);
  } finally {
    await admin.close();
  }
}
