import type { Database } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import type { RedisStore } from '../../stores/redis/client.js';
import { boardKey } from '../contract/redisKeys.js';
import { keptUntilMs, windowAt, type Period, type Window } from '../contract/windows.js';
import { rankRows, type RankedRow } from './rank.js';

const selectScoresAround = loadSql('select_scores_around');
const selectScorePosition = loadSql('select_score_position');

/** Selects rows of a board. */
export interface LeaderboardQuery {
  readonly gameId: string;
  readonly period: Period;
  /** An instant in the window, in epoch milliseconds. */
  readonly atMs: number;
  readonly limit: number;
  /** The player around whom to read; if left out, the top is read. */
  readonly around?: string;
}

export type LeaderboardRow = RankedRow;

export interface Leaderboard {
  readonly game_id: string;
  readonly period: Period;
  /** `2026-11-23`, `2026-W48` or `alltime`. */
  readonly window: string;
  readonly rows: readonly LeaderboardRow[];
}

/** The stores from which boards are read. */
export interface BoardSource {
  readonly database: Database;
  readonly redis: RedisStore;
  readonly namespace: string;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Reads part of a board in order (score, then player id, both descending); equal scores share a rank.
 * Windows that Redis keeps are read from Redis, older ones from PostgreSQL.
 * @throws StoreUnavailable
 */
export async function getLeaderboard(
  source: BoardSource,
  query: LeaderboardQuery,
): Promise<Leaderboard> {
  const window = windowAt(query.period, query.atMs);
  const kept = keptUntilMs(window) > source.now();
  const rows = await (kept ? fromRedis(source, query, window) : fromScores(source, query, window));
  return { game_id: query.gameId, period: query.period, window: window.label, rows };
}

async function fromRedis(
  { redis, namespace }: BoardSource,
  { gameId, limit, around }: LeaderboardQuery,
  window: Window,
): Promise<LeaderboardRow[]> {
  const key = boardKey(namespace, gameId, window);
  const { sortedSets } = redis;
  const position = around === undefined ? 0 : await sortedSets.position(key, around);
  if (position === undefined) return [];
  const first = firstRow(position, limit, around);
  const rows = await sortedSets.range(key, first, limit);
  const above = rows[0] === undefined ? 0 : await sortedSets.countAbove(key, rows[0].score);
  return rankRows(
    rows.map(({ member, score }) => ({ player_id: member, score })),
    first,
    above,
  );
}

async function fromScores(
  { database }: BoardSource,
  { gameId, period, limit, around }: LeaderboardQuery,
  window: Window,
): Promise<LeaderboardRow[]> {
  const at = [gameId, period, window.start];
  let position = 0;
  if (around !== undefined) {
    const values = [...at, around];
    const [row] = await database.query<{ position: number }>(selectScorePosition, values);
    if (row === undefined) return [];
    position = row.position;
  }
  const first = firstRow(position, limit, around);
  return database.query<LeaderboardRow>(selectScoresAround, [...at, first, limit]);
}

/** The index of the first row: 0 for the top, or the row that puts the player in the middle. */
function firstRow(position: number, limit: number, around: string | undefined): number {
  return around === undefined ? 0 : Math.max(0, position - Math.floor(limit / 2));
}
