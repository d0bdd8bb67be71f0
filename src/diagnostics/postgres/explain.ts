import type { PostgresEndpoint } from '../../config/endpoints.js';
import { sqlState } from '../../stores/postgres/errors.js';
import { describeError } from '../../util/describeError.js';
import { Failure, type FailureCode } from '../../util/failure.js';

/** What to do about answers of PostgreSQL's that a wrong set-up causes, by SQLSTATE. */
const cures: Readonly<Record<string, string>> = {
  '28P01': 'Correct DB_USER and DB_PASSWORD (or DATABASE_URL).',
  '28000':
    'Correct DB_USER (or DATABASE_URL), or let it in by pg_hba.conf; where that asks for ' +
    'encryption, set DB_SSLMODE to require or verify-full.',
  '3D000': 'Create the database (CREATE DATABASE), or correct DB_NAME (or DATABASE_URL).',
};

/** SQLSTATEs of a schema that is not prepared for the user: insufficient_privilege, undefined_table. */
const codes: Readonly<Record<string, FailureCode>> = {
  '42501': 'privileges_missing',
  '42P01': 'schema_missing',
};

/** @returns undefined if the error is not one of a wrong set-up */
export function postgresFailure(error: unknown, endpoint: PostgresEndpoint): Failure | undefined {
  const state = sqlState(error) ?? '';
  const cure = cures[state];
  const code = codes[state] ?? (cure === undefined ? undefined : 'service_failed');
  if (code === undefined) return undefined;
  const { host, port, database, user } = endpoint;
  return new Failure(
    `PostgreSQL at ${host}:${port}, database ${database}, user ${user}: ${describeError(error)}`,
    { code, cause: error, ...(cure === undefined ? {} : { cure }) },
  );
}
