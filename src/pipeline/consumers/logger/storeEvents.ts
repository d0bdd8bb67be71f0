import type { Queryable } from '../../../stores/postgres/database.js';
import { loadSql } from '../../../stores/postgres/sql.js';
import { byIdentity, type EventRecord } from '../records.js';

const insertEvents = loadSql('insert_events');

/**
 * Stores events of one partition that are not there yet, each with where it was read.
 * @returns the identities of those that are new
 */
export async function storeEvents(
  tx: Queryable,
  partition: number,
  events: readonly EventRecord[],
): Promise<{ event_id: string; player_id: string }[]> {
  const sorted = byIdentity(events);
  if (sorted.length === 0) return [];
  return tx.query<{ event_id: string; player_id: string }>(insertEvents, [
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
 * A time without what is finer than PostgreSQL's timestamptz: it would round that, up to the next day
 * at midnight, where Node cuts it off.
 */
export function inMicroseconds(time: string): string {
  return time.replace(/(\.\d{6})\d+/, '$1');
}
