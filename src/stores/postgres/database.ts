import pg from 'pg';

import type { PostgresEndpoint } from '../../config/endpoints.js';
import { isBroken, postgresError } from './errors.js';
import { postgresOptions } from './options.js';
import type { Sql } from './sql.js';

export interface DatabaseOptions {
  /** Shown in pg_stat_activity. */
  readonly application: string;
  /** Connections at most. */
  readonly connections: number;
  /** A statement that takes longer, in milliseconds, fails; one minute by default, 0 for never. */
  readonly timeoutMs?: number;
}

/** Something that runs statements: the pool, or one transaction. */
export interface Queryable {
  /**
   * @param sql a statement of sql/queries/, or text for what is not worth a file
   * @returns the rows; bigint and date come as number and `YYYY-MM-DD`, timestamptz as Date
   * @throws StoreUnavailable, DataRefused, or pg's error where it is a bug
   */
  query<Row extends object>(sql: Sql | string, values?: readonly unknown[]): Promise<Row[]>;
}

/** How long a stopped owner may sit in a transaction, in milliseconds, before it loses its locks. */
const idleInTransactionMs = 10_000;

const connectTimeoutMs = 5_000;

const defaultTimeoutMs = 60_000;

/** The server's own limit comes first; the client's is for a connection that died without a word. */
const graceMs = 5_000;

/** A pool of connections to one database. It connects when it is first used. */
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
    // An idle connection that breaks leaves the pool by itself; the next query makes a new one.
    this.#pool.on('error', () => undefined);
  }

  async query<Row extends object>(
    sql: Sql | string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return rowsOf<Row>(this.#pool, sql, values);
  }

  /**
   * Runs `work` in one transaction and commits it; an error of `work` rolls it back and is thrown.
   * Where the connection breaks in COMMIT the outcome is unknown: the caller must be able to repeat.
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

  /** Breaks every connection, whatever is under way on it. */
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

/** Bigints are safe as numbers here: offsets and counts stay below 2^53, and a check says so of scores. */
const parsers = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.INT8, Number],
  [pg.types.builtins.DATE, String],
]);

type TypeId = Parameters<typeof pg.types.getTypeParser>[0];

function typeParser(oid: TypeId, format?: 'text'): (text: string) => unknown {
  return parsers.get(oid) ?? (pg.types.getTypeParser(oid, format) as (text: string) => unknown);
}
