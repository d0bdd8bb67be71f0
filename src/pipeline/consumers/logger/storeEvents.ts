import type { Queryable } from '../../../stores/postgres/database.js';
import { loadSql } from '../../../stores/postgres/sql.js';
import { byIdentity, type Identity } from '../ledger.js';
import type { EventRecord } from '../records.js';

const insertEvents = loadSql('insert_events');

/**
 * The logger's ledger: stores events of one partition that are not in `events` yet, with their offsets.
 * @returns the identities of the new events
 */
export async function storeEvents(
  tx: Queryable,
  partition: number,
  events: readonly EventRecord[],
): Promise<Identity[]> {
  const sorted = byIdentity(events);
  if (sorted.length === 0) return [];
  return tx.query<Identity>(insertEvents, [
    sorted.map(({ event }) => event.event_id),
    sorted.map(({ event }) => event.player_id),
    sorted.map(({ event }) => event.event_type),
    sorted.map(({ event }) => event.game_id),
    sorted.map(({ event }) => inMicroseconds(event.timestamp)),
    sorted.map(({ event }) => inMicroseconds(event.ingested_at)),
    sorted.map(({ event }) => JSON.stringify(event.data)),
    partition,
    sorted.map(({ offset }) => offset),
  ]);
}

/**
 * Truncates a time to the precision of PostgreSQL's timestamptz, as Node does. PostgreSQL would round
 * it, and just before midnight that would move it to the next day.
 */
export function inMicroseconds(time: string): string {
  return time.replace(/(\.\d{6})\d+/, '$1');
}
