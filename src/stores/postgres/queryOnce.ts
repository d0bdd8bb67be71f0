import pg from 'pg';

import type { PostgresEndpoint } from '../../config/endpoints.js';
import { postgresOptions } from './options.js';

export interface QueryOnceOptions {
  /** Shown in pg_stat_activity. */
  readonly application: string;
  /** How long connecting, and then the statement, may take; ms. */
  readonly timeoutMs: number;
}

/**
 * Runs one statement on a connection of its own, without a retry.
 * @returns the rows, each column as pg parses it by default
 * @throws Failure (invalid_setting) for a TLS file that cannot be used; otherwise the error itself: sqlState()
 *   is undefined unless the server sent it
 */
export async function queryOnce<Row extends object>(
  endpoint: PostgresEndpoint,
  sql: string,
  { application, timeoutMs }: QueryOnceOptions,
): Promise<Row[]> {
  const client = new pg.Client({
    ...postgresOptions(endpoint),
    application_name: application,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  // The connection may break after the statement has failed: the first error is the one to report.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Row>(sql)).rows;
  } finally {
    // Not awaited: pg never ends a connection that broke while it was being opened.
    void client.end();
  }
}
