import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';

import type { Endpoints } from '../config/endpoints.js';
import { kafkaOptions } from './kafka/client.js';
import { postgresOptions } from './postgres/options.js';
import { redisOptions } from './redis/options.js';

/** Plain clients of the three stores, as a user's own code would make them. */
export interface Clients {
  readonly kafka: Kafka;
  readonly postgres: pg.Pool;
  readonly redis: Redis;
  /** Closes PostgreSQL and Redis; whoever connects a Kafka producer or consumer disconnects it. */
  close(): Promise<void>;
}

/** Makes the clients; each connects when it is first used. */
export function createClients(endpoints: Endpoints): Clients {
  const { kafka, postgres: database, redis: cache } = endpoints;
  const postgres = new pg.Pool({ ...postgresOptions(database), max: 4 });
  // An idle connection that breaks leaves the pool by itself.
  postgres.on('error', () => undefined);
  const redis = new Redis({ ...redisOptions(cache), lazyConnect: true });
  // It reconnects by itself; a command that Redis does not take says so.
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
