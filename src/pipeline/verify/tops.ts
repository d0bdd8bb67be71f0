import { setTimeout as sleep } from 'node:timers/promises';

import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import type { Stores } from '../runtime/stores.js';
import { withConsumersPaused } from './pausedConsumers.js';
import { differencesAKind, type Comparison, type Difference, type OnProgress } from './report.js';
import { boardName, boardPlayer, type BoardPlace } from './tables.js';

const selectBoards = loadSql('select_boards');
const selectDirtyBoards = loadSql('select_dirty_boards');
const verifyTops = loadSql('verify_tops');

const boardsAtOnce = 200;

/** How long the leaderboard's consumers are paused for its refresher at most, in milliseconds. */
const refreshMs = 5_000;
const pollMs = 50;

const allBoards = 1_000_000_000;

/** A board, as its tables name it. */
export type BoardRow = Omit<BoardPlace, 'player_id'>;

/** A row of `leaderboards` that differs from the top of player_scores. */
export interface TopDifference extends BoardPlace {
  readonly expected: unknown;
  readonly actual: unknown;
}

/** The rows of `leaderboards` that differ from the tops of player_scores, except on marked boards. */
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

/** Boards as arrays of columns, which the statements take. */
export function columnsOf(boards: readonly BoardRow[]): string[][] {
  return [
    boards.map(({ game_id }) => game_id),
    boards.map(({ period }) => period),
    boards.map(({ window_start }) => window_start),
  ];
}

/** Every board that has a score or a top. */
export async function readBoards({ database }: Stores): Promise<BoardRow[]> {
  return database.query<BoardRow>(selectBoards);
}

/**
 * Compares `leaderboards` with player_scores. A board that is marked to be rewritten is compared after
 * that: the leaderboard's consumers are paused until then, so that no new mark appears.
 */
export async function compareTops(stores: Stores, onProgress: OnProgress): Promise<Comparison> {
  const { database } = stores;
  const marked = await readMarked(database);
  const boards = await readBoards(stores);
  const differences: Difference[] = [];
  const compare = async (queryable: Queryable, some: readonly BoardRow[]): Promise<void> => {
    for await (const part of differingTops(queryable, some, differencesAKind)) {
      differences.push(...part.rows.map(differenceOf));
      if (differences.length >= differencesAKind) return;
      onProgress(part.boards, some.length);
    }
  };
  // The comparison leaves out boards that were marked meanwhile: reading the marks again finds them.
  await compare(database, boards);
  const later = [...marked, ...(await readMarked(database))];
  if (later.length > 0 && differences.length < differencesAKind) {
    await withConsumersPaused(stores, 'leaderboard', async (tx) => {
      const left = await untilRewritten(tx);
      await compare(tx, distinct(later));
      differences.push(...left.map(notRewritten));
    });
  }
  return { differences: differences.slice(0, differencesAKind), notCompared: [] };
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
