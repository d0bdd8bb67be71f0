import { loadSql } from '../../stores/postgres/sql.js';
import { services } from '../contract/topics.js';
import { windowStarting, type Period } from '../contract/windows.js';
import type { Stores } from '../stores.js';
import { differencesAKind, type Difference } from './report.js';

const verifyStatistics = loadSql('verify_statistics');
const verifyScores = loadSql('verify_scores');
const verifyTops = loadSql('verify_tops');

interface BoardRow {
  readonly game_id: string;
  readonly period: Period;
  readonly window_start: string;
  readonly player_id: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** player_statistics against `events`. */
export async function compareStatistics({ database }: Stores): Promise<Difference[]> {
  const rows = await database.query<{ player_id: string; expected: unknown; actual: unknown }>(
    verifyStatistics,
    [services.statistics, differencesAKind],
  );
  return rows.map(({ player_id, expected, actual }) => ({
    where: 'player_statistics',
    key: player_id,
    expected,
    actual,
  }));
}

/** player_scores against `events`. */
export async function compareScores({ database }: Stores): Promise<Difference[]> {
  const values = [services.leaderboard, differencesAKind];
  const rows = await database.query<BoardRow>(verifyScores, values);
  return rows.map((row) => differenceOf('player_scores', row));
}

/** leaderboards against player_scores. */
export async function compareTops({ database }: Stores): Promise<Difference[]> {
  const rows = await database.query<BoardRow>(verifyTops, [differencesAKind]);
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
