import { setTimeout as sleep } from 'node:timers/promises';

import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import type { Stores } from '../runtime/stores.js';
import { withConsumersPaused } from './pausedConsumers.js';
import { differencesPerKind, type Comparison, type Difference, type OnProgress } from './report.js';
import { boardName, boardPlayer, type BoardPlace } from './tables.js';

const selectBoards = loadSql('select_boards');
const selectDirtyBoards = loadSql('select_dirty_boards');
const verifyTops = loadSql('verify_tops');

const boardsAtOnce = 200;

/** Maximum time to pause the leaderboard's consumers until the refresher is done, in milliseconds. */
const refreshMs = 5_000;
const pollMs = 50;

const allBoards = 1_000_000_000;

/** A board, with the column names of its tables. */
export type BoardRow = Omit<BoardPlace, 'player_id'>;

/** A `leaderboards` row that differs from the top of player_scores. */
export interface TopDifference extends BoardPlace {
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Finds `leaderboards` rows that differ from the tops of player_scores, except on marked boards. */
export async function* differingTops(
  database: Queryable,
  boards: readonly BoardRow[],
  limit: number,
): AsyncGenerator<{ readonly rows: TopDifference[]; readonly boards: number }> {
  for (let at = 0; at < boards.length; at += boardsAtOnce) {
    const some = boards.slice(at, at + boardsAtOnce);
    const rows = await database.query<TopDifference>(verifyTops, [...columnsOf(some), limit]);
    yield { rows, boards: at + some.length };
  }
}

/** Boards as one array per column, as the statements expect. */
export function columnsOf(boards: readonly BoardRow[]): string[][] {
  return [
    boards.map(({ game_id }) => game_id),
    boards.map(({ period }) => period),
    boards.map(({ window_start }) => window_start),
  ];
}

/** Reads all boards that have a score or a top. */
export async function readBoards({ database }: Stores): Promise<BoardRow[]> {
  return database.query<BoardRow>(selectBoards);
}

/**
 * Compares `leaderboards` with player_scores. A board that is marked is compared after the refresher
 * has rewritten it; the leaderboard's consumers are paused until then, so that no new mark appears.
 */
export async function compareTops(stores: Stores, onProgress: OnProgress): Promise<Comparison> {
  const { database } = stores;
  const marked = await readMarked(database);
  const boards = await readBoards(stores);
  const differences: Difference[] = [];
  const compare = async (queryable: Queryable, some: readonly BoardRow[]): Promise<void> => {
    for await (const part of differingTops(queryable, some, differencesPerKind)) {
      differences.push(...part.rows.map(differenceOf));
      if (differences.length >= differencesPerKind) return;
      onProgress(part.boards, some.length);
    }
  };
  // The comparison skips boards that were marked meanwhile, so the marks are read again.
  await compare(database, boards);
  const later = [...marked, ...(await readMarked(database))];
  if (later.length > 0 && differences.length < differencesPerKind) {
    await withConsumersPaused(stores, 'leaderboard', async (tx) => {
      const left = await untilRewritten(tx);
      await compare(tx, distinct(later));
      differences.push(...left.map(notRewritten));
    });
  }
  return { differences: differences.slice(0, differencesPerKind), notCompared: [] };
}

/** @returns the boards that are still marked */
async function untilRewritten(tx: Queryable): Promise<BoardRow[]> {
  const deadline = performance.now() + refreshMs;
  for (;;) {
    const marked = await readMarked(tx);
    if (marked.length === 0 || performance.now() > deadline) return marked;
    await sleep(pollMs);
  }
}

async function readMarked(database: Queryable): Promise<BoardRow[]> {
  return database.query<BoardRow>(selectDirtyBoards, [allBoards]);
}

/** Each board once. */
export function distinct(boards: readonly BoardRow[]): BoardRow[] {
  return [...new Map(boards.map((board) => [boardName(board), board])).values()];
}

function differenceOf(row: TopDifference): Difference {
  const { expected, actual } = row;
  return { where: 'leaderboards', key: boardPlayer(row), expected, actual };
}

function notRewritten(board: BoardRow): Difference {
  const key = boardName(board);
  return { where: 'leaderboards', key, expected: 'rewritten', actual: 'still marked' };
}
