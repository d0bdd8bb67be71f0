import type { Queryable } from '../../stores/postgres/database.js';
import type { Sql } from '../../stores/postgres/sql.js';
import { identityOf } from '../contract/event.js';
import type { EventRecord } from './records.js';

/** The identity of an event, as a ledger returns it. */
export interface Identity {
  readonly event_id: string;
  readonly player_id: string;
}

/**
 * Inserts events of one partition into a consumer's ledger, in the batch's transaction.
 * @returns the identities that the ledger did not contain
 */
export type Ledger = (
  tx: Queryable,
  partition: number,
  events: readonly EventRecord[],
) => Promise<Identity[]>;

/**
 * A ledger that holds only identities.
 * @param insert the statement: $1 uuid[] event ids, $2 text[] player ids => the new identities
 */
export function identityLedger(insert: Sql): Ledger {
  return async (tx, _partition, events) => {
    const sorted = byIdentity(events);
    if (sorted.length === 0) return [];
    return tx.query<Identity>(insert, [
      sorted.map(({ event }) => event.event_id),
      sorted.map(({ event }) => event.player_id),
    ]);
  };
}

/**
 * Sorts events by identity, and events with the same identity by offset. All ledgers are written in
 * this order, so that transactions do not deadlock and the earliest of several duplicates counts.
 */
export function byIdentity(events: readonly EventRecord[]): EventRecord[] {
  const keyed = events.map((record) => ({ key: identityOf(record.event), record }));
  keyed.sort((a, b) =>
    a.key < b.key ? -1 : a.key > b.key ? 1 : a.record.offset - b.record.offset,
  );
  return keyed.map(({ record }) => record);
}

/** Selects the events that are new to a ledger, in their order: the first event of each new identity. */
export function firstOfEach(
  events: readonly EventRecord[],
  fresh: readonly Identity[],
): EventRecord[] {
  const left = new Set(fresh.map(identityOf));
  return events.filter(({ event }) => left.delete(identityOf(event)));
}
