import { randomBytes } from 'node:crypto';

import type { Endpoints } from '../config/endpoints.js';
import { topicName, topics, type TopicKey } from '../pipeline/contract/topics.js';
import { KafkaAdmin } from '../stores/kafka/admin.js';
import { Database } from '../stores/postgres/database.js';
import { RedisStore } from '../stores/redis/client.js';

const application = 'gamemetrics-harness';

/** One pipeline's part of shared services: a database, and a namespace in Kafka and Redis. */
export interface Space {
  readonly endpoints: Endpoints;
  /** Deletes the database, the topics and the keys. */
  remove(): Promise<void>;
}

/** Creates a space on shared services. The database user needs the CREATEDB privilege. */
export async function createSpace(shared: Endpoints): Promise<Space> {
  const id = randomBytes(6).toString('hex');
  const database = `gamemetrics_${id}`;
  await withDatabase(shared, async (admin) => admin.query(`CREATE DATABASE ${database}`));
  const endpoints: Endpoints = {
    ...shared,
    postgres: { ...shared.postgres, database },
    namespace: `${shared.namespace}gm-${id}.`,
  };
  const remove = async (): Promise<void> => {
    const parts = await Promise.allSettled([
      // Without FORCE: it needs more privileges (to end an autovacuum worker), and no session is open.
      withDatabase(shared, async (admin) => admin.query(`DROP DATABASE IF EXISTS ${database}`)),
      deleteTopics(endpoints),
      deleteKeys(endpoints),
    ]);
    for (const part of parts) if (part.status === 'rejected') throw part.reason;
  };
  return { endpoints, remove };
}

async function withDatabase(
  endpoints: Endpoints,
  work: (database: Database) => Promise<unknown>,
): Promise<void> {
  const database = new Database(endpoints.postgres, { application, connections: 1 });
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

async function deleteTopics({ kafka, namespace }: Endpoints): Promise<void> {
  const admin = new KafkaAdmin(kafka, { clientId: application });
  try {
    const keys = Object.keys(topics) as TopicKey[];
    await admin.deleteTopics(keys.map((key) => topicName(namespace, key)));
  } finally {
    await admin.close();
  }
}

async function deleteKeys({ redis, namespace }: Endpoints): Promise<void> {
  const store = new RedisStore(redis, { application });
  try {
    await store.connect();
    await store.deleteMatching(`${namespace}*`);
  } finally {
    await store.close();
  }
}
