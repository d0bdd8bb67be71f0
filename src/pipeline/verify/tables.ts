import { loadSql } from '../../stores/postgres/sql.js';
import { groupName, services } from '../contract/topics.js';
import { windowStarting, type Period } from '../contract/windows.js';
import type { Stores } from '../stores.js';
import { differencesAKind, type Difference } from './report.js';

const verifyStatistics = loadSql('verify_statistics');
const verifyScores = loadSql('verify_scores');
const verifyTops = loadSql('verify_tops');

/** A row of a board that is not as it must be. */
export interface BoardRow {
  readonly game_id: string;
  readonly period: Period;
  readonly window_start: string;
  readonly player_id: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** A player whose totals are not as they must be. */
export interface PlayerRow {
  readonly player_id: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** The first players whose totals are not what `events` says. */
export async function differingPlayers(
  { database, namespace }: Stores,
  limit: number,
): Promise<PlayerRow[]> {
  const groups = [groupName(namespace, 'statistics'), groupName(namespace, 'logger')];
  return database.query<PlayerRow>(verifyStatistics, [services.statistics, ...groups, limit]);
}

/** The first scores that are not what `events` says. */
export async function differingScores(
  { database, namespace }: Stores,
  limit: number,
): Promise<BoardRow[]> {
  const groups = [groupName(namespace, 'leaderboard'), groupName(namespace, 'logger')];
  return database.query<BoardRow>(verifyScores, [services.leaderboard, ...groups, limit]);
}

/** The first rows of `leaderboards` that are not the tops of player_scores. */
export async function differingTops({ database }: Stores, limit: number): Promise<BoardRow[]> {
  return database.query<BoardRow>(verifyTops, [limit]);
}

/** player_statistics against `events`. */
export async function compareStatistics(stores: Stores): Promise<Difference[]> {
  const rows = await differingPlayers(stores, differencesAKind);
  return rows.map(({ player_id, expected, actual }) => ({
    where: 'player_statistics',
    key: player_id,
    expected,
    actual,
  }));
}

/** player_scores against `events`. */
export async function compareScores(stores: Stores): Promise<Difference[]> {
  const rows = await differingScores(stores, differencesAKind);
  return rows.map((row) => differenceOf('player_scores', row));
}

/** leaderboards against player_scores. */
export async function compareTops(stores: Stores): Promise<Difference[]> {
  const rows = await differingTops(stores, differencesAKind);
  return rows.map((row) => differenceOf('leaderboards', row));
}

/** A board and a player on it, in words. */
export function boardPlayer(row: Omit<BoardRow, 'expected' | 'actual'>): string {
  const { label } = windowStarting(row.period, row.window_start);
  const window = row.period === 'alltime' ? 'alltime' : `${row.period} ${label}`;
  return `${row.game_id} ${window} ${row.player_id}`;
}

function differenceOf(where: Difference['where'], row: BoardRow): Difference {
  return { where, key: boardPlayer(row), expected: row.expected, actual: row.actual };
}
