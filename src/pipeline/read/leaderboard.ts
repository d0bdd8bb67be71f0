import type { Database } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import type { RedisStore } from '../../stores/redis/client.js';
import { boardKey } from '../contract/redisKeys.js';
import { keptUntilMs, windowAt, type Period, type Window } from '../contract/windows.js';
import { rankRows, type RankedRow } from './rank.js';

const selectScoresAround = loadSql('select_scores_around');
const selectScorePosition = loadSql('select_score_position');

/** Which rows of a board to read. */
export interface LeaderboardQuery {
  readonly gameId: string;
  readonly period: Period;
  /** An instant in the window, in epoch milliseconds. */
  readonly atMs: number;
  readonly limit: number;
  /** A player around whom the rows are; without one they are the top. */
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

/** The stores that boards are read from. */
export interface BoardSource {
  readonly database: Database;
  readonly redis: RedisStore;
  readonly namespace: string;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Part of a board in its order (score, then player id, both descending); equal scores share a rank.
 * Redis answers for the windows that it keeps, PostgreSQL for older ones.
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

/** The first row: that of the top, or the one that puts the player in the middle. */
function firstRow(position: number, limit: number, around: string | undefined): number {
  return around === undefined ? 0 : Math.max(0, position - Math.floor(limit / 2));
}
