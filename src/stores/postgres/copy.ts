import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

import type { PostgresEndpoint } from '../../config/endpoints.js';
import { postgresOptions } from './options.js';

/**
 * Loads rows by COPY … FROM STDIN in text format, on a connection of its own.
 * @param table a trusted table name with its columns, such as `events (a, b)`
 * @param lines the rows, each ending in a newline, already escaped
 * @returns milliseconds from the first byte to the end of the COPY
 */
export async function copyRows(
  endpoint: PostgresEndpoint,
  table: string,
  lines: readonly string[],
): Promise<number> {
  const client = new pg.Client(postgresOptions(endpoint));
  await client.connect();
  try {
    const begin = performance.now();
    await pipeline(
      Readable.from(lines, { objectMode: true }),
      client.query(copyFrom(`COPY ${table} FROM STDIN`)),
    );
    return performance.now() - begin;
  } finally {
    await client.end();
  }
}
