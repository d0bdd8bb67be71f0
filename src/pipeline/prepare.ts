import type { Endpoints } from '../config/endpoints.js';
import { environment } from '../config/environment.js';
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
 * @returns the migrations that were applied
 * @throws Failure (serviceFailed) with a cure where a store cannot be worked with
 */
export async function prepareStores(
  endpoints: Endpoints,
  partitions = partitionsFromEnvironment(environment()),
): Promise<string[]> {
  const [migrations] = await Promise.all([
    migrateDatabase(endpoints),
    createTopics(endpoints, partitions),
  ]).catch((error: unknown) => {
    throw toFailure(error, endpoints);
  });
  return migrations;
}

async function migrateDatabase(endpoints: Endpoints): Promise<string[]> {
  const database = new Database(endpoints.postgres, { application, connections: 1, timeoutMs: 0 });
  try {
    return await migrate(database);
  } finally {
    await database.close();
  }
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
