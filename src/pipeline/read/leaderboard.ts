import type { Database } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import type { RedisStore } from '../../stores/redis/client.js';
import { boardKey } from '../contract/redisKeys.js';
import { keptUntilMs, windowAt, type Period, type Window } from '../contract/windows.js';
import { rankRows, type RankedRow } from './rank.js';

const selectScoresAround = loadSql('select_scores_around');
const selectScorePosition = loadSql('select_score_position');

/** What of a board is asked for. */
export interface LeaderboardQuery {
  readonly gameId: string;
  readonly period: Period;
  /** An instant in the window, in epoch milliseconds. */
  readonly atMs: number;
  readonly limit: number;
  /** A player in whose neighbourhood the rows are, instead of the top. */
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

/** Where the boards are read: what a reader needs of the stores. */
export interface BoardSource {
  readonly database: Database;
  readonly redis: RedisStore;
  readonly namespace: string;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
}

/**
 * A board, or part of it, in its order (score, then player id, both descending); the same score
 * shares a rank. Redis answers for the windows that it keeps, PostgreSQL for older ones.
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
  return redis.run(async (client) => {
    const position = around === undefined ? 0 : await client.zrevrank(key, around);
    if (position === null) return [];
    const first = firstRow(position, limit, around);
    const flat = await client.zrevrange(key, first, first + limit - 1, 'WITHSCORES');
    const above = flat[1] === undefined ? 0 : await client.zcount(key, `(${flat[1]}`, '+inf');
    const rows: Omit<LeaderboardRow, 'rank'>[] = [];
    for (let index = 0; index < flat.length; index += 2) {
      rows.push({ player_id: flat[index] ?? '', score: Number(flat[index + 1]) });
    }
    return rankRows(rows, first, above);
  });
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

/** The first row to show: the top, or so that the player stands in the middle. */
function firstRow(position: number, limit: number, around: string | undefined): number {
  return around === undefined ? 0 : Math.max(0, position - Math.floor(limit / 2));
}
