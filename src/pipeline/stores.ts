import type { Endpoints } from '../config/endpoints.js';
import { KafkaAdmin } from '../stores/kafka/admin.js';
import { Database } from '../stores/postgres/database.js';
import { RedisStore } from '../stores/redis/client.js';

/** Connections for those who look at a pipeline: waits, checks, views and queries. */
export interface Stores extends AsyncDisposable {
  readonly namespace: string;
  readonly database: Database;
  readonly redis: RedisStore;
  readonly admin: KafkaAdmin;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
}

const connections = 4;

/** A verification compares millions of rows in one statement. */
const timeoutMs = 15 * 60_000;

/** Opens them; each connects when it is first used, so that one that is away is missed by its users only. */
export function openStores(endpoints: Endpoints, now: () => number = Date.now): Stores {
  const application = 'gamemetrics-cli';
  const database = new Database(endpoints.postgres, { application, connections, timeoutMs });
  const redis = new RedisStore(endpoints.redis, { application });
  const admin = new KafkaAdmin(endpoints.kafka, { clientId: application });
  const close = async (): Promise<void> => {
    await Promise.all([admin.close(), redis.close(), database.close()]);
  };
  return {
    namespace: endpoints.namespace,
    database,
    redis,
    admin,
    now,
    [Symbol.asyncDispose]: close,
  };
}
