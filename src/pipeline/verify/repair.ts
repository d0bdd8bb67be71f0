import { loadSql } from '../../stores/postgres/sql.js';
import { projectionKey } from '../contract/redisKeys.js';
import { groupName, services } from '../contract/topics.js';
import type { Stores } from '../stores.js';
import { compareSets } from './redisBoards.js';
import { compareStatsHashes } from './redisStatistics.js';
import { differingPlayers, differingScores, differingTops } from './tables.js';

const lockGroupOffsets = loadSql('lock_group_offsets');
const repairStatistics = loadSql('repair_statistics');
const repairScores = loadSql('repair_scores');
const markBoards = loadSql('mark_boards');

/** Rows that one transaction repairs; the group's batches wait for it. */
const rowsAtOnce = 1_000;

/** What a repair has rebuilt. */
export interface Repaired {
  readonly players: number;
  /** Rows of boards. */
  readonly scores: number;
  /** Boards that were marked; the leaderboard role rewrites their tops. */
  readonly tops: number;
  /** Groups whose picture in Redis was given up; their roles draw it anew. */
  readonly projections: number;
}

export type Repairable = 'statistics' | 'leaderboard';

/**
 * Rebuilds what differs from `events`, while the pipeline works: totals and scores in portions, each a
 * transaction, so that a repair which ends early has done a part and can be started again; the tops
 * and Redis by the roles, which are told that theirs are out of date. The roles must run.
 * What `events` itself lacks is not among it.
 * @param onProgress told what has been repaired so far
 */
export async function repair(
  stores: Stores,
  onProgress: (repaired: Repaired) => void = () => undefined,
): Promise<Repaired> {
  let repaired: Repaired = { players: 0, scores: 0, tops: 0, projections: 0 };
  const tell = (more: Partial<Repaired>): void => {
    repaired = { ...repaired, ...more };
    onProgress(repaired);
  };
  const outdated = new Set<Repairable>();
  const rebuildAll = async (
    role: Repairable,
    differing: (stores: Stores, limit: number) => Promise<readonly { player_id: string }[]>,
    rebuilt: (rows: number) => void,
  ): Promise<void> => {
    const done = new Set<string>();
    for (;;) {
      const rows = await differing(stores, rowsAtOnce);
      const players = new Set(rows.map(({ player_id }) => player_id));
      // Whoever differs again is for the next verification to tell.
      if ([...players].every((player) => done.has(player))) return;
      await rebuild(stores, role, players);
      for (const player of players) done.add(player);
      outdated.add(role);
      rebuilt(rows.length);
    }
  };
  await rebuildAll('statistics', differingPlayers, (rows) =>
    tell({ players: repaired.players + rows }),
  );
  await rebuildAll('leaderboard', differingScores, (rows) =>
    tell({ scores: repaired.scores + rows }),
  );
  tell({ tops: await markTops(stores) });
  const nothing = (): void => undefined;
  if ((await compareStatsHashes(stores, nothing)).length > 0) outdated.add('statistics');
  if ((await compareSets(stores, nothing)).length > 0) outdated.add('leaderboard');
  for (const role of outdated) await giveUpPicture(stores, role);
  tell({ projections: outdated.size });
  return repaired;
}

async function rebuild(
  { database, namespace }: Stores,
  role: Repairable,
  players: ReadonlySet<string>,
): Promise<void> {
  const group = groupName(namespace, role);
  const sql = role === 'statistics' ? repairStatistics : repairScores;
  await database.transaction(async (tx) => {
    await tx.query(lockGroupOffsets, [group]);
    await tx.query(sql, [services[role], group, [...players]]);
  });
}

/** @returns how many boards are marked */
async function markTops(stores: Stores): Promise<number> {
  let boards = 0;
  for (;;) {
    const rows = await differingTops(stores, rowsAtOnce);
    if (rows.length === 0) return boards;
    const keys = rows.map((row) => [row.game_id, row.period, row.window_start].join('\n'));
    boards += new Set(keys).size;
    // Marked boards do not count as differing any more.
    await stores.database.query(markBoards, [
      rows.map((row) => row.game_id),
      rows.map((row) => row.period),
      rows.map((row) => row.window_start),
    ]);
  }
}

/** Without its markers a picture is nobody's: its role clears it and draws it anew within seconds. */
async function giveUpPicture({ namespace, redis }: Stores, role: Repairable): Promise<void> {
  const key = projectionKey(groupName(namespace, role));
  await redis.run(async (client) => client.del(key));
}
