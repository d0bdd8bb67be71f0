import type { Endpoints } from '../config/endpoints.js';
import { StoreUnavailable } from '../stores/errors.js';
import { describeError } from '../util/describeError.js';
import { Failure } from '../util/failure.js';
import { kafkaFailure } from './kafka/explain.js';
import { postgresFailure } from './postgres/explain.js';
import { redisFailure } from './redis/explain.js';

/** Converts an error of a store to a Failure with a fix; any other error is returned unchanged. */
export function toFailure(error: unknown, endpoints: Endpoints): unknown {
  if (error instanceof Failure) return error;
  const { kafka, postgres, redis } = endpoints;
  const wrong =
    kafkaFailure(error, kafka) ??
    postgresFailure(error, postgres) ??
    redisFailure(error, redis, { service: 'Redis', ...redis });
  if (wrong !== undefined) return wrong;
  if (!(error instanceof StoreUnavailable)) return error;
  const where = {
    kafka: `Kafka at ${kafka.brokers.join(', ')}`,
    postgres: `PostgreSQL at ${postgres.host}:${postgres.port}`,
    redis: `Redis at ${redis.host}:${redis.port}`,
  }[error.store];
  return new Failure(`cannot work with ${where}: ${describeError(error.cause)}`, {
    code: 'store_unavailable',
    cause: error,
  });
}
