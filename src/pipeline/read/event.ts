import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import type { JsonObject } from '../contract/json.js';

const selectEvent = loadSql('select_event');

/** A row in `events`. */
export interface EventRow {
  readonly event_id: string;
  readonly event_type: string;
  readonly player_id: string;
  readonly game_id: string;
  readonly event_timestamp: Date;
  readonly ingested_at: Date;
  readonly data: JsonObject;
  readonly kafka_partition: number;
  readonly kafka_offset: number;
  readonly created_at: Date;
}

/** Reads the rows of an event_id: one for each player that used it; none if it is not stored (yet). */
export async function getEvent(database: Queryable, eventId: string): Promise<EventRow[]> {
  return database.query<EventRow>(selectEvent, [eventId]);
}
