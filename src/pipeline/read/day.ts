import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';

const selectDay = loadSql('select_day');

/** The events of a UTC day, by event time. */
export interface DayStatistics {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly events: number;
  readonly players: number;
  readonly games: number;
  /** The most frequent first. */
  readonly types: readonly DayType[];
}

interface DayType {
  readonly event_type: string;
  readonly events: number;
  readonly players: number;
}

interface DayRow extends Omit<DayType, 'event_type'> {
  /** null in the row of all types. */
  readonly event_type: string | null;
  readonly games: number;
}

/** Counts the events of a day. @param day a UTC day, `YYYY-MM-DD` */
export async function getDayStatistics(database: Queryable, day: string): Promise<DayStatistics> {
  const rows = await database.query<DayRow>(selectDay, [day]);
  const all = rows.find((row) => row.event_type === null);
  const types = rows.flatMap(({ event_type, events, players }) =>
    event_type === null ? [] : [{ event_type, events, players }],
  );
  const { events, players, games } = all ?? { events: 0, players: 0, games: 0 };
  return { day, events, players, games, types };
}
