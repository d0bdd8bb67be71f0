import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import type { EventRow } from './event.js';

const selectEventTrace = loadSql('select_event_trace');
const selectEventDeadLetters = loadSql('select_event_dead_letters');

/** The progress of an event_id. */
export interface EventTrace {
  /** One for each player that used the event_id. */
  readonly events: readonly TracedEvent[];
  readonly deadLetters: readonly EventDeadLetter[];
}

/** A row of `events`, which the logger wrote, and whether the other groups have counted it. */
export interface TracedEvent extends EventRow {
  readonly in_statistics: boolean;
  /** Always false for an event that is not a score. */
  readonly in_leaderboards: boolean;
}

export interface EventDeadLetter {
  readonly consumer_service: string;
  readonly error_code: string;
  readonly error_message: string;
  readonly failed_at: Date;
}

/**
 * Reads the progress of an event; both lists are empty if no store has it (yet).
 * @param eventId a UUID
 */
export async function traceEvent(database: Queryable, eventId: string): Promise<EventTrace> {
  const [events, deadLetters] = await Promise.all([
    database.query<TracedEvent>(selectEventTrace, [eventId]),
    database.query<EventDeadLetter>(selectEventDeadLetters, [eventId.toLowerCase()]),
  ]);
  return { events, deadLetters };
}
