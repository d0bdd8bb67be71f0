import pg from 'pg';

import { DataRefused, StoreUnavailable } from '../errors.js';

/**
 * SQLSTATE classes and codes of conditions that pass by themselves: connection (08), transaction
 * rollback (40: serialization, deadlock), resources (53), operator intervention (57: shutdown), system
 * error (58), read-only after a failover (25006), idle-in-transaction timeout (25P03), lock not
 * available (55P03).
 */
const transient = /^(08|40|53|57|58)|^(25006|25P03|55P03)$/;

/** Data exceptions (22) and integrity violations (23). */
const refused = /^(22|23)/;

/**
 * Classifies an error of a query by its SQLSTATE. An error that the server did not send is one of the
 * connection.
 * @returns StoreUnavailable, DataRefused, or the error itself if it shows a bug or a wrong set-up
 */
export function postgresError(error: unknown): Error {
  if (!(error instanceof pg.DatabaseError)) return new StoreUnavailable('postgres', error);
  const code = error.code ?? '';
  if (transient.test(code)) return new StoreUnavailable('postgres', error);
  if (refused.test(code)) return new DataRefused(code, error);
  return error;
}

/** Whether an error is one of the connection, which cannot be used any more. */
export function isBroken(error: unknown): error is StoreUnavailable {
  return (
    error instanceof StoreUnavailable &&
    error.store === 'postgres' &&
    !(error.cause instanceof pg.DatabaseError)
  );
}

/** The SQLSTATE of an error or of one of its causes; undefined if the server sent none of them. */
export function sqlState(error: unknown): string | undefined {
  if (error instanceof pg.DatabaseError) return error.code;
  return error instanceof Error && error.cause !== undefined ? sqlState(error.cause) : undefined;
}
