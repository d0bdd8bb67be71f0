import { scoresToSets } from '../consumers/leaderboard/boards.js';
import type { SetWrite } from '../projection/writes.js';
import type { Stores } from '../runtime/stores.js';
import { repairWithConsumersPaused, type Rewrite } from './pausedConsumers.js';
import { findScores, suspectScores, type SetDifference } from './redisBoards.js';
import { findOrphans, suspectSets } from './redisOrphans.js';
import { findHashes, suspectPlayers, type HashDifference } from './redisStatistics.js';

const ignore = (): void => undefined;

/** Rewrites the hashes that differ from player_statistics. Yields the keys per transaction. */
export async function* rebuildHashes(stores: Stores): AsyncGenerator<number> {
  for await (const players of suspectPlayers(stores, ignore)) {
    yield await repairWithConsumersPaused(stores, 'statistics', async ({ tx, rewrite }) =>
      rewriteHashes(rewrite, await findHashes(stores, tx, players)),
    );
  }
}

/** Rewrites sorted-set scores that differ from player_scores. Yields the members per transaction. */
export async function* rebuildSets(stores: Stores): AsyncGenerator<number> {
  for await (const places of suspectScores(stores, ignore)) {
    yield await repairWithConsumersPaused(stores, 'leaderboard', async ({ tx, rewrite }) =>
      rewriteScores(stores, rewrite, await findScores(stores, tx, places)),
    );
  }
}

/** Removes sorted-set members that player_scores lacks. Yields the members per transaction. */
export async function* removeOrphans(stores: Stores): AsyncGenerator<number> {
  for await (const set of suspectSets(stores)) {
    for (;;) {
      const removed = await repairWithConsumersPaused(
        stores,
        'leaderboard',
        async ({ tx, rewrite }) => {
          const gone = await findOrphans(stores, tx, set);
          await rewrite({ hashes: [], sets: [{ key: set.key, scores: [], gone }] });
          return gone.length;
        },
      );
      yield removed;
      if (removed === 0) break;
    }
  }
}

/** Corrects hashes; the role's consumers must be paused. @returns the number that differed */
export async function rewriteHashes(
  rewrite: Rewrite,
  differences: readonly HashDifference[],
): Promise<number> {
  const known = differences.flatMap(({ expected, actual }) => {
    if (expected === undefined) return [];
    const gone = Object.keys(actual).filter((field) => !(field in expected.fields));
    return [{ ...expected, gone }];
  });
  const orphans = differences.filter(({ expected }) => expected === undefined);
  await rewrite({ hashes: known, sets: [], gone: orphans.map(({ key }) => key) });
  return differences.length;
}

/** Corrects sorted-set scores; the role's consumers must be paused. @returns the number that differed */
export async function rewriteScores(
  { namespace, now }: Stores,
  rewrite: Rewrite,
  differences: readonly SetDifference[],
): Promise<number> {
  const rows = differences.flatMap(({ place, expected }) =>
    expected === undefined ? [] : [{ ...place, score: expected }],
  );
  // A write to a dated set changes the current set only while both have the same window, so each
  // differing set is also written by itself.
  const members = differences.map(({ key, place, expected }): SetWrite => {
    return expected === undefined
      ? { key, scores: [], gone: [place.player_id] }
      : { key, scores: [[expected, place.player_id]] };
  });
  await rewrite({ hashes: [], sets: [...scoresToSets(namespace, rows, now()), ...members] });
  return differences.length;
}
