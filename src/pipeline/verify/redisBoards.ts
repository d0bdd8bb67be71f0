import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import type { ScoreRow } from '../consumers/leaderboard/boards.js';
import type { Stores } from '../runtime/stores.js';
import { keysOf } from './boardKeys.js';
import { findConfirmed } from './confirmed.js';
import { withConsumersPaused } from './pausedConsumers.js';
import { compareOrphans } from './redisOrphans.js';
import { differencesPerKind, type Comparison, type Difference, type OnProgress } from './report.js';
import { boardPlayer, type BoardPlace } from './tables.js';
import { columnsOf } from './tops.js';

const pageScores = loadSql('page_scores');
const selectBoardScores = loadSql('select_board_scores');

const pageRows = 2_000;

/** A sorted-set score that differs from player_scores. */
export interface SetDifference {
  readonly place: BoardPlace;
  readonly key: string;
  /** Undefined if PostgreSQL has no score. */
  readonly expected: number | undefined;
  /** Undefined if the set lacks the player. */
  readonly actual: number | undefined;
}

/**
 * Compares the boards' sorted sets with player_scores, for the windows that Redis keeps: the sets must
 * contain its scores and no other members. A current set must equal the dated set of its window.
 */
export async function compareSets(stores: Stores, onProgress: OnProgress): Promise<Comparison> {
  const differences: Difference[] = [];
  for await (const places of suspectScores(stores, onProgress)) {
    const found = await findConfirmed(
      stores,
      async () =>
        withConsumersPaused(stores, 'leaderboard', async (tx) => findScores(stores, tx, places)),
      ({ place, key }) => `${place.player_id} ${key}`,
    );
    differences.push(...found.map(differenceOf));
    if (differences.length >= differencesPerKind) break;
  }
  if (differences.length < differencesPerKind) differences.push(...(await compareOrphans(stores)));
  return { differences: differences.slice(0, differencesPerKind), notCompared: [] };
}

/** Places whose score in Redis seems to differ, compared while the consumers run. */
export async function* suspectScores(
  stores: Stores,
  onProgress: OnProgress,
): AsyncGenerator<BoardPlace[]> {
  let last: ScoreRow | undefined;
  for (let done = 0; ;) {
    const rows: ScoreRow[] = await stores.database.query<ScoreRow>(pageScores, [
      last?.game_id ?? '',
      last?.period ?? '',
      last?.window_start ?? '1970-01-01',
      last?.player_id ?? '',
      pageRows,
    ]);
    last = rows.at(-1);
    if (last === undefined) return;
    const suspects = await differing(stores, rows, rows);
    if (suspects.length > 0) yield suspects.map(({ place }) => place);
    done += rows.length;
    onProgress(done);
  }
}

/** Selects the places whose scores differ; the leaderboard's consumers must be paused. */
export async function findScores(
  stores: Stores,
  tx: Queryable,
  places: readonly BoardPlace[],
): Promise<SetDifference[]> {
  const players = places.map(({ player_id }) => player_id);
  const rows = await tx.query<ScoreRow>(selectBoardScores, [...columnsOf(places), players]);
  return differing(stores, rows, places);
}

async function differing(
  stores: Stores,
  rows: readonly ScoreRow[],
  places: readonly BoardPlace[],
): Promise<SetDifference[]> {
  const scores = new Map(rows.map((row) => [boardPlayer(row), row.score]));
  const compared = places.flatMap((place) =>
    keysOf(stores, place).map((key) => ({ place, key, expected: scores.get(boardPlayer(place)) })),
  );
  const found = await stores.redis.sortedSets.scores(
    compared.map(({ key, place }) => ({ key, member: place.player_id })),
  );
  return compared
    .map((each, index) => ({ ...each, actual: found[index] }))
    .filter(({ expected, actual }) => expected !== actual);
}

function differenceOf({ place, key, expected, actual }: SetDifference): Difference {
  const name = `${boardPlayer(place)} in ${key}`;
  return {
    where: 'leaderboard',
    key: name,
    expected: expected ?? null,
    actual: actual === undefined ? null : String(actual),
  };
}
