import { systemClock, type Clock } from '../../config/clock.js';
import type { Endpoints } from '../../config/endpoints.js';
import { KafkaAdmin } from '../../stores/kafka/admin.js';
import { KafkaBrowser } from '../../stores/kafka/browser.js';
import { Database } from '../../stores/postgres/database.js';
import { RedisStore } from '../../stores/redis/client.js';

/** Connections for commands that inspect a pipeline: waits, checks, views and queries. */
export interface Stores extends AsyncDisposable {
  readonly namespace: string;
  readonly database: Database;
  readonly redis: RedisStore;
  readonly admin: KafkaAdmin;
  /** Reads topics without a group. */
  readonly browser: KafkaBrowser;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
}

const connections = 4;

/** The statement timeout: a verification compares all events of a player in one statement. */
const timeoutMs = 15 * 60_000;

/** Creates the connections. Each connects on first use, so an unavailable store fails only then. */
export function openStores(endpoints: Endpoints, clock: Clock = systemClock): Stores {
  const application = 'gamemetrics-cli';
  const database = new Database(endpoints.postgres, { application, connections, timeoutMs });
  const redis = new RedisStore(endpoints.redis, { application, aheadMs: clock.aheadMs });
  const admin = new KafkaAdmin(endpoints.kafka, { clientId: application });
  const browser = new KafkaBrowser(endpoints.kafka, { clientId: application });
  return {
    namespace: endpoints.namespace,
    database,
    redis,
    admin,
    browser,
    now: clock.now,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([
        admin.close(),
        browser[Symbol.asyncDispose](),
        redis.close(),
        database.close(),
      ]);
    },
  };
}
