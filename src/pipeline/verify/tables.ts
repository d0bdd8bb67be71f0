import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql, type Sql } from '../../stores/postgres/sql.js';
import { groupName, services } from '../contract/topics.js';
import { windowStarting, type Period } from '../contract/windows.js';
import type { ProjectedRole } from '../projection/behind.js';
import type { Stores } from '../runtime/stores.js';
import { findConfirmed } from './confirmed.js';
import { playerPages, type PlayerPage } from './pages.js';
import { differencesPerKind, type Comparison, type Difference, type OnProgress } from './report.js';

const verifyStatistics = loadSql('verify_statistics');
const verifyScores = loadSql('verify_scores');

/** A player_statistics row that differs from `events`. */
export interface PlayerRow {
  readonly player_id: string;
  readonly expected: unknown;
  readonly actual: unknown;
  /** Whether the consumer may have counted events that the logger has not stored yet. */
  readonly ahead: boolean;
}

/** A player on a board. */
export interface BoardPlace {
  readonly game_id: string;
  readonly period: Period;
  readonly window_start: string;
  readonly player_id: string;
}

/** A player_scores row that differs from `events`. */
export interface ScoreDifference extends BoardPlace, PlayerRow {
  readonly player_id: string;
}

/** Finds the first rows of a page of players that differ from `events`. */
export type FindDiffering<Row extends PlayerRow> = (
  database: Queryable,
  namespace: string,
  page: PlayerPage,
  limit: number,
) => Promise<Row[]>;

/** Finds players whose totals differ. */
export const differingPlayers = differing<PlayerRow>('statistics', verifyStatistics);

/** Finds scores that differ. */
export const differingScores = differing<ScoreDifference>('leaderboard', verifyScores);

function differing<Row extends PlayerRow>(role: ProjectedRole, sql: Sql): FindDiffering<Row> {
  return async (database, namespace, { after, upTo }, limit) =>
    database.query<Row>(sql, [
      services[role],
      ...groupAndLogger(namespace, role),
      after,
      upTo,
      limit,
    ]);
}

/** The group of a role and the group of the logger, which may be behind it. */
export function groupAndLogger(
  namespace: string,
  role: ProjectedRole,
): readonly [own: string, logger: string] {
  return [groupName(namespace, role), groupName(namespace, 'logger')];
}

/** Compares player_statistics with `events`. */
export async function compareStatistics(
  stores: Stores,
  onProgress: OnProgress,
): Promise<Comparison> {
  return comparePages(stores, onProgress, differingPlayers, (row) => ({
    where: 'player_statistics',
    key: row.player_id,
    expected: row.expected,
    actual: row.actual,
  }));
}

/** Compares player_scores with `events`. */
export async function compareScores(stores: Stores, onProgress: OnProgress): Promise<Comparison> {
  return comparePages(stores, onProgress, differingScores, (row) => ({
    where: 'player_scores',
    key: boardPlayer(row),
    expected: row.expected,
    actual: row.actual,
  }));
}

async function comparePages<Row extends PlayerRow>(
  stores: Stores,
  onProgress: OnProgress,
  find: FindDiffering<Row>,
  differenceOf: (row: Row) => Difference,
): Promise<Comparison> {
  const { database, namespace } = stores;
  const differences: Difference[] = [];
  const ahead = new Set<string>();
  for await (const page of playerPages(stores)) {
    // Rows that are ahead must not displace others, so the limit is far above the reported number.
    const rows = await findConfirmed(
      stores,
      async () => find(database, namespace, page, 20 * differencesPerKind),
      (row) => differenceOf(row).key,
    );
    for (const row of rows) {
      if (row.ahead) ahead.add(row.player_id);
      else differences.push(differenceOf(row));
    }
    if (differences.length >= differencesPerKind) break;
    onProgress(page.events);
  }
  return {
    differences: differences.slice(0, differencesPerKind),
    notCompared:
      ahead.size === 0
        ? []
        : [`${ahead.size} players with events that are counted but not yet stored`],
  };
}

/** A board and a player on it, in readable form. */
export function boardPlayer({ player_id, ...board }: BoardPlace): string {
  return `${boardName(board)} ${player_id}`;
}

/** A board in readable form. */
export function boardName({
  game_id,
  period,
  window_start,
}: Omit<BoardPlace, 'player_id'>): string {
  const { label } = windowStarting(period, window_start);
  return `${game_id} ${period === 'alltime' ? 'alltime' : `${period} ${label}`}`;
}
