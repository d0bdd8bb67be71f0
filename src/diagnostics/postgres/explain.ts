import type { PostgresEndpoint } from '../../config/endpoints.js';
import { sqlState } from '../../stores/postgres/errors.js';
import { describeError } from '../../util/describeError.js';
import { Failure } from '../../util/failure.js';

/** What to do about answers of PostgreSQL's that a wrong set-up causes, by SQLSTATE. */
const cures: Readonly<Record<string, string>> = {
  '28P01': 'Correct DB_USER and DB_PASSWORD (or DATABASE_URL).',
  '28000':
    'Correct DB_USER (or DATABASE_URL), or let it in by pg_hba.conf; where that asks for ' +
    'encryption, set DB_SSLMODE to require or verify-full.',
  '3D000': 'Create the database (CREATE DATABASE), or correct DB_NAME (or DATABASE_URL).',
  '42501':
    'Grant the user CREATE on the schema, or run "gamemetrics run migrate" as its owner and grant ' +
    'the user SELECT, INSERT, UPDATE and DELETE on its tables.',
  '42P01': 'Make the tables first: gamemetrics run migrate',
};

/** @returns undefined where the error is not one of a wrong set-up */
export function postgresFailure(error: unknown, endpoint: PostgresEndpoint): Failure | undefined {
  const cure = cures[sqlState(error) ?? ''];
  if (cure === undefined) return undefined;
  const { host, port, database, user } = endpoint;
  return new Failure(
    `PostgreSQL at ${host}:${port}, database ${database}, user ${user}: ${describeError(error)}`,
    { exit: 'serviceFailed', cure, cause: error },
  );
}
