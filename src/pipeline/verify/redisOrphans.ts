import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import type { ScoreRow } from '../consumers/leaderboard/boards.js';
import { anyBoardKey, boardOfKey } from '../contract/redisKeys.js';
import type { Stores } from '../runtime/stores.js';
import { keysOf } from './boardKeys.js';
import { findConfirmed } from './confirmed.js';
import { withConsumersPaused } from './pausedConsumers.js';
import { differencesPerKind, type Difference } from './report.js';
import { boardName } from './tables.js';
import { columnsOf, type BoardRow } from './tops.js';

const countBoard = loadSql('count_board');
const selectBoardScores = loadSql('select_board_scores');

/** Approximate maximum of orphans per search: a repair removes them in one transaction. */
const orphansAtOnce = 1_000;

/** A sorted set and its board. */
interface BoardSet {
  readonly key: string;
  readonly board: BoardRow;
}

/** Compares the sorted sets with player_scores: each member must have a score there. */
export async function compareOrphans(stores: Stores): Promise<Difference[]> {
  const differences: Difference[] = [];
  for await (const set of suspectSets(stores)) {
    const orphans = await findConfirmed(
      stores,
      async () =>
        withConsumersPaused(stores, 'leaderboard', async (tx) => findOrphans(stores, tx, set)),
      (player) => player,
    );
    differences.push(
      ...orphans.map((player): Difference => {
        const name = `${boardName(set.board)} ${player} in ${set.key}`;
        return { where: 'leaderboard', key: name, expected: null, actual: 'a member' };
      }),
    );
    if (differences.length >= differencesPerKind) break;
  }
  return differences;
}

/** Finds sets with more members than their boards have players, while the consumers run. */
export async function* suspectSets(stores: Stores): AsyncGenerator<BoardSet> {
  const { database, namespace, now, redis } = stores;
  for await (const keys of redis.keysMatching(anyBoardKey(namespace))) {
    for (const key of keys) {
      const board = boardOfKey(namespace, key, now());
      // The key is not the pipeline's, or is about to expire.
      if (board === undefined || !keysOf(stores, board).includes(key)) continue;
      if (await hasMore(stores, database, { key, board })) yield { key, board };
    }
  }
}

/** Finds members of a set that are not on its board; the leaderboard's consumers must be paused. */
export async function findOrphans(stores: Stores, tx: Queryable, set: BoardSet): Promise<string[]> {
  if (!(await hasMore(stores, tx, set))) return [];
  const { key, board } = set;
  const orphans = new Set<string>();
  for await (const members of stores.redis.sortedSets.members(key)) {
    const known = new Set(await onBoard(tx, board, members));
    for (const member of members) if (!known.has(member)) orphans.add(member);
    if (orphans.size >= orphansAtOnce) break;
  }
  return [...orphans];
}

async function hasMore(
  { redis }: Stores,
  database: Queryable,
  { key, board }: BoardSet,
): Promise<boolean> {
  const size = await redis.sortedSets.size(key);
  const values = [board.game_id, board.period, board.window_start];
  const [row] = await database.query<{ players: number }>(countBoard, values);
  return size > (row?.players ?? 0);
}

async function onBoard(
  database: Queryable,
  board: BoardRow,
  players: readonly string[],
): Promise<string[]> {
  const boards = columnsOf(players.map(() => board));
  const rows = await database.query<ScoreRow>(selectBoardScores, [...boards, players]);
  return rows.map(({ player_id }) => player_id);
}
