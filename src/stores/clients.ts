import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';

import type { Endpoints } from '../config/endpoints.js';
import { kafkaOptions } from './kafka/client.js';
import { postgresOptions } from './postgres/options.js';
import { redisOptions } from './redis/options.js';

/** Plain clients of the three stores, as a user's own code would create them. */
export interface Clients {
  readonly kafka: Kafka;
  readonly postgres: pg.Pool;
  readonly redis: Redis;
  /** Closes PostgreSQL and Redis; Kafka producers and consumers are disconnected by their creator. */
  close(): Promise<void>;
}

/** Creates the clients; each connects on first use. */
export function createClients(endpoints: Endpoints): Clients {
  const { kafka, postgres: database, redis: cache } = endpoints;
  const postgres = new pg.Pool({ ...postgresOptions(database), max: 4 });
  // The pool drops an idle connection that breaks.
  postgres.on('error', () => undefined);
  const redis = new Redis({ ...redisOptions(cache), lazyConnect: true });
  // ioredis reconnects by itself; a command that fails rejects.
  redis.on('error', () => undefined);
  return {
    kafka: new Kafka({
      clientId: 'gamemetrics-harness',
      ...kafkaOptions(kafka),
      logLevel: logLevel.NOTHING,
    }),
    postgres,
    redis,
    close: async () => {
      redis.disconnect();
      await postgres.end();
    },
  };
}
