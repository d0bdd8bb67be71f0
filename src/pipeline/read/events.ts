import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import { followEvents, storingTime } from '../observe/follow.js';
import type { Stores } from '../runtime/stores.js';
import type { EventRow } from './event.js';

const selectEvents = loadSql('select_events');

/** Selects events; a member that is left out matches any value. */
export interface EventFilter {
  readonly player?: string | undefined;
  readonly game?: string | undefined;
  readonly type?: string | undefined;
}

/** Reads stored events, the latest first. @param sinceMs only events that were stored at or after it */
export async function listEvents(
  database: Queryable,
  { player, game, type }: EventFilter,
  sinceMs: number,
  limit: number,
): Promise<EventRow[]> {
  const values = [player ?? null, game ?? null, type ?? null, new Date(sinceMs), limit];
  return database.query<EventRow>(selectEvents, values);
}

/** Yields the latest events in order of age, then new events as they are stored, until the abort. */
export async function* latestEvents(
  stores: Stores,
  filter: EventFilter,
  { sinceMs, limit, signal }: { sinceMs: number; limit: number; signal: AbortSignal },
): AsyncGenerator<EventRow, void> {
  // Read before the list, so that no event is missed between the two.
  const from = await storingTime(stores);
  const latest = await listEvents(stores.database, filter, sinceMs, limit);
  yield* latest.toReversed();
  const shown = new Set(latest.map(placeOf));
  for await (const event of followEvents(stores, signal, from)) {
    if (matches(event, filter) && !shown.has(placeOf(event))) yield event;
  }
}

function matches(event: EventRow, { player, game, type }: EventFilter): boolean {
  return (
    (player ?? event.player_id) === event.player_id &&
    (game ?? event.game_id) === event.game_id &&
    (type ?? event.event_type) === event.event_type
  );
}

function placeOf(event: EventRow): string {
  return `${event.kafka_partition}:${event.kafka_offset}`;
}
