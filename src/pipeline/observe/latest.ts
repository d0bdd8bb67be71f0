import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import type { DeadLetterSnapshot, EventSnapshot } from './snapshot.js';

const selectLatestDeadLetters = loadSql('select_latest_dead_letters');
const selectLatestEvents = loadSql('select_latest_events');

const mostLetters = 50;
const mostEvents = 100;

/** Searched in turn until there are enough events: the index on time makes short ranges cheap. */
const spans = ['3 seconds', '5 minutes', '1 day'] as const;

/** Reads the latest dead letters, the newest first. */
export async function latestDeadLetters(database: Queryable): Promise<DeadLetterSnapshot[]> {
  const rows = await database.query<{
    id: number;
    consumer_service: string;
    error_code: string;
    error_message: string;
    source_topic: string;
    source_partition: number;
    source_offset: number;
    failed_at: Date;
    original: string | null;
  }>(selectLatestDeadLetters, [mostLetters]);
  return rows.map((row) => ({
    id: row.id,
    at: row.failed_at.toISOString(),
    service: row.consumer_service,
    code: row.error_code,
    message: row.error_message,
    source: { topic: row.source_topic, partition: row.source_partition, offset: row.source_offset },
    original: row.original ?? undefined,
  }));
}

/** Reads the latest events, newest first. @param filter text in their type, player, game or id */
export async function latestEvents(database: Queryable, filter: string): Promise<EventSnapshot[]> {
  let found: EventSnapshot[] = [];
  for (const span of spans) {
    found = await eventsWithin(database, span, filter);
    if (found.length >= mostEvents) break;
  }
  return found;
}

async function eventsWithin(
  database: Queryable,
  span: string,
  filter: string,
): Promise<EventSnapshot[]> {
  const rows = await database.query<{
    event_id: string;
    event_type: string;
    player_id: string;
    game_id: string;
    ingested_at: Date;
    kafka_partition: number;
    kafka_offset: number;
    data: string;
  }>(selectLatestEvents, [span, filter, mostEvents]);
  return rows.map((row) => ({
    eventId: row.event_id,
    type: row.event_type,
    playerId: row.player_id,
    gameId: row.game_id,
    ingestedAt: row.ingested_at.toISOString(),
    partition: row.kafka_partition,
    offset: row.kafka_offset,
    data: row.data,
  }));
}
