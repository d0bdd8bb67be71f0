import pg from 'pg';

import type { PostgresEndpoint } from '../../config/endpoints.js';
import { isBroken, postgresError } from './errors.js';
import { postgresOptions } from './options.js';
import type { Sql } from './sql.js';

export interface DatabaseOptions {
  /** Shown in pg_stat_activity. */
  readonly application: string;
  /** The maximum number of connections. */
  readonly connections: number;
  /** How long a statement may take, in milliseconds; one minute by default, 0 for no limit. */
  readonly timeoutMs?: number;
}

/** What runs statements: the pool, or one transaction. */
export interface Queryable {
  /**
   * @param sql a statement of sql/queries/, or the text of one too small for a file
   * @returns the rows; bigint as number, date as `YYYY-MM-DD`, timestamptz as Date
   * @throws StoreUnavailable, DataRefused, or the server's error if it shows a bug
   */
  query<Row extends object>(sql: Sql | string, values?: readonly unknown[]): Promise<Row[]>;
}

/** How long a process may leave a transaction idle, in milliseconds, before it loses its locks. */
const idleInTransactionMs = 10_000;

const connectTimeoutMs = 5_000;

const defaultTimeoutMs = 60_000;

/** How much later than the server's limit the client's is: it is for a connection that is dead. */
const graceMs = 5_000;

/** A pool of connections to one database, which connects on first use. */
export class Database implements Queryable {
  readonly #pool: pg.Pool;
  readonly #clients = new Set<pg.Client>();

  constructor(endpoint: PostgresEndpoint, options: DatabaseOptions) {
    const { timeoutMs = defaultTimeoutMs } = options;
    this.#pool = new pg.Pool({
      ...postgresOptions(endpoint),
      application_name: options.application,
      max: options.connections,
      connectionTimeoutMillis: connectTimeoutMs,
      idle_in_transaction_session_timeout: idleInTransactionMs,
      ...(timeoutMs === 0
        ? {}
        : { statement_timeout: timeoutMs, query_timeout: timeoutMs + graceMs }),
      keepAlive: true,
      types: { getTypeParser: typeParser as typeof pg.types.getTypeParser },
    });
    this.#pool.on('connect', (client) => this.#clients.add(client as unknown as pg.Client));
    this.#pool.on('remove', (client) => this.#clients.delete(client as unknown as pg.Client));
    // The pool drops an idle connection that breaks, and the next query opens another one.
    this.#pool.on('error', () => undefined);
  }

  async query<Row extends object>(
    sql: Sql | string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return rowsOf<Row>(this.#pool, sql, values);
  }

  /**
   * Runs `work` in one transaction and commits it; if `work` throws, rolls back and rethrows. If the
   * connection breaks during COMMIT the outcome is unknown: the caller must be able to repeat it.
   * @throws as {@link Queryable.query}, and what `work` throws
   */
  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw postgresError(error);
    });
    let broken: Error | undefined;
    const note = (error: Error): void => {
      broken = error;
    };
    client.on('error', note);
    const tx: Queryable = { query: (sql, values = []) => rowsOf(client, sql, values) };
    try {
      await tx.query('BEGIN');
      const result = await work(tx);
      await tx.query('COMMIT');
      return result;
    } catch (error) {
      if (isBroken(error)) note(error);
      else await client.query('ROLLBACK').catch(note);
      throw error;
    } finally {
      client.off('error', note);
      client.release(broken);
    }
  }

  /** Closes every connection at once; statements under way fail. */
  abort(): void {
    for (const client of this.#clients) void client.end();
  }

  /** Waits for the statements under way, then closes every connection. */
  async close(): Promise<void> {
    await this.#pool.end();
  }
}

async function rowsOf<Row extends object>(
  client: pg.Pool | pg.PoolClient,
  sql: Sql | string,
  values: readonly unknown[],
): Promise<Row[]> {
  const statement = typeof sql === 'string' ? { text: sql } : sql;
  try {
    const result = await client.query<Row>({ ...statement, values: [...values] });
    return result.rows;
  } catch (error) {
    throw postgresError(error);
  }
}

/** Bigints are safe as numbers here: offsets and counts stay below 2^53, and a constraint keeps scores so. */
const parsers = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.INT8, Number],
  [pg.types.builtins.DATE, String],
]);

type TypeId = Parameters<typeof pg.types.getTypeParser>[0];

function typeParser(oid: TypeId, format?: 'text'): (text: string) => unknown {
  return parsers.get(oid) ?? (pg.types.getTypeParser(oid, format) as (text: string) => unknown);
}
