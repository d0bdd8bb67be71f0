import type { Endpoints } from '../config/endpoints.js';
import { Failure } from '../config/failure.js';
import { describe, StoreUnavailable } from '../stores/errors.js';
import { sqlState } from '../stores/postgres/errors.js';

/** What to do about answers of PostgreSQL's that a wrong set-up causes, by SQLSTATE. */
const cures: Readonly<Record<string, string>> = {
  '28P01': 'Correct DB_USER and DB_PASSWORD (or DATABASE_URL).',
  '28000': 'Correct DB_USER (or DATABASE_URL), or let it in by pg_hba.conf.',
  '3D000': 'Create the database (CREATE DATABASE), or correct DB_NAME (or DATABASE_URL).',
  '42501': 'Grant the user CREATE on the schema, or run "gamemetrics run migrate" as its owner.',
};

/** Turns what a store throws while something starts into a message with a cure; a bug stays a bug. */
export function toFailure(error: unknown, endpoints: Endpoints): unknown {
  if (error instanceof StoreUnavailable) {
    const { kafka, postgres, redis } = endpoints;
    const where = {
      kafka: `Kafka at ${kafka.brokers.join(', ')}`,
      postgres: `PostgreSQL at ${postgres.host}:${postgres.port}`,
      redis: `Redis at ${redis.host}:${redis.port}`,
    }[error.store];
    return new Failure(`cannot work with ${where}: ${describe(error.cause)}`, {
      exit: 'serviceFailed',
      cure: 'See that it runs and that its address is right.',
      cause: error,
    });
  }
  const cure = cures[sqlState(error) ?? ''];
  if (cure === undefined) return error;
  const { host, port, database } = endpoints.postgres;
  return new Failure(`PostgreSQL at ${host}:${port}, database ${database}: ${describe(error)}`, {
    exit: 'serviceFailed',
    cure,
    cause: error,
  });
}
