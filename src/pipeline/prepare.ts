import type { Endpoints } from '../config/endpoints.js';
import { KafkaAdmin } from '../stores/kafka/admin.js';
import { Database } from '../stores/postgres/database.js';
import { migrate } from '../stores/postgres/migrate.js';
import { topicSpecs } from './contract/topics.js';
import { toFailure } from './failures.js';

const application = 'gamemetrics-prepare';

/**
 * Makes the stores ready for the pipeline: migrations and topics. Idempotent, and safe under any
 * number of racing starters.
 * @returns the migrations that were applied
 * @throws Failure (serviceFailed) with a cure where a store cannot be worked with
 */
export async function prepareStores(endpoints: Endpoints): Promise<string[]> {
  const [migrations] = await Promise.all([
    migrateDatabase(endpoints),
    createTopics(endpoints),
  ]).catch((error: unknown) => {
    throw toFailure(error, endpoints);
  });
  return migrations;
}

async function migrateDatabase(endpoints: Endpoints): Promise<string[]> {
  const database = new Database(endpoints.postgres, { application, connections: 1 });
  try {
    return await migrate(database);
  } finally {
    await database.close();
  }
}

async function createTopics(endpoints: Endpoints): Promise<void> {
  const admin = new KafkaAdmin(endpoints.kafka, { clientId: application });
  try {
    await admin.createTopics(topicSpecs(endpoints.namespace));
  } finally {
    await admin.close();
  }
}
