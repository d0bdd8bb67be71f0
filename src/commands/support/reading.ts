import { toFailure } from '../../pipeline/failures.js';
import { Database } from '../../stores/postgres/database.js';
import { RedisStore } from '../../stores/redis/client.js';

import { findTarget, type Target } from './target.js';

/** The stores of a target, for reading; Redis is to be connected by whoever needs it. */
export interface Reading {
  readonly target: Target;
  readonly database: Database;
  readonly redis: RedisStore;
  readonly namespace: string;
  readonly now: () => number;
}

/**
 * Runs `work` with the stores of an instance, and closes them.
 * @throws Failure (serviceFailed) with a cure where a store does not answer
 */
export async function reading<T>(name: string, work: (stores: Reading) => Promise<T>): Promise<T> {
  const target = findTarget(name);
  const { endpoints } = target;
  const application = 'gamemetrics-cli';
  const database = new Database(endpoints.postgres, { application, connections: 2 });
  const redis = new RedisStore(endpoints.redis, { application });
  try {
    const { namespace } = endpoints;
    return await work({ target, database, redis, namespace, now: Date.now });
  } catch (error) {
    throw toFailure(error, endpoints);
  } finally {
    await Promise.all([database.close(), redis.close()]);
  }
}
