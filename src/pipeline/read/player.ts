import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';

const selectPlayer = loadSql('select_player');

/** A row in `player_statistics`. */
export interface PlayerRow {
  readonly player_id: string;
  readonly total_events: number;
  readonly event_breakdown: Readonly<Record<string, number>>;
  readonly last_event_at: Date;
  readonly session_started_at: Date;
  readonly session_last_at: Date;
  readonly session_events: number;
  readonly session_game_id: string;
  readonly updated_at: Date;
}

/** Reads a player's totals; undefined if no event of the player has been counted (yet). */
export async function getPlayerStatistics(
  database: Queryable,
  playerId: string,
): Promise<PlayerRow | undefined> {
  const [row] = await database.query<PlayerRow>(selectPlayer, [playerId]);
  return row;
}
