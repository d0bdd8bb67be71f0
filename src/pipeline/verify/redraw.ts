import { scoresToSets } from '../consumers/leaderboard/boards.js';
import type { SetWrite } from '../projection/writes.js';
import type { Stores } from '../runtime/stores.js';
import { repairHeld, type Rewrite } from './held.js';
import { findScores, suspectScores, type SetDifference } from './redisBoards.js';
import { findStrangers, suspectSets } from './redisMembers.js';
import { findHashes, suspectPlayers, type HashDifference } from './redisStatistics.js';

const ignore = (): void => undefined;

/** Rewrites the players' hashes that are not what player_statistics says. @returns keys, by transaction */
export async function* redrawHashes(stores: Stores): AsyncGenerator<number> {
  for await (const players of suspectPlayers(stores, ignore)) {
    yield await repairHeld(stores, 'statistics', async ({ tx, rewrite }) =>
      rewriteHashes(rewrite, await findHashes(stores, tx, players)),
    );
  }
}

/** Rewrites the scores in sorted sets that are not what player_scores says. @returns members */
export async function* redrawScores(stores: Stores): AsyncGenerator<number> {
  for await (const places of suspectScores(stores, ignore)) {
    yield await repairHeld(stores, 'leaderboard', async ({ tx, rewrite }) =>
      rewriteScores(stores, rewrite, await findScores(stores, tx, places)),
    );
  }
}

/** Takes from the sorted sets whoever is not on their boards. @returns members */
export async function* redrawMembers(stores: Stores): AsyncGenerator<number> {
  for await (const set of suspectSets(stores)) {
    for (;;) {
      const removed = await repairHeld(stores, 'leaderboard', async ({ tx, rewrite }) => {
        const gone = await findStrangers(stores, tx, set);
        await rewrite({ hashes: [], sets: [{ key: set.key, scores: [], gone }] });
        return gone.length;
      });
      yield removed;
      if (removed === 0) break;
    }
  }
}

/** Makes hashes what they must be; to be called while batches are held. @returns how many there were */
export async function rewriteHashes(
  rewrite: Rewrite,
  differences: readonly HashDifference[],
): Promise<number> {
  const known = differences.flatMap(({ expected, actual }) => {
    if (expected === undefined) return [];
    const gone = Object.keys(actual).filter((field) => !(field in expected.fields));
    return [{ ...expected, gone }];
  });
  const strangers = differences.filter(({ expected }) => expected === undefined);
  await rewrite({ hashes: known, sets: [], gone: strangers.map(({ key }) => key) });
  return differences.length;
}

/** Makes members' scores what they must be; to be called while batches are held. @returns how many there were */
export async function rewriteScores(
  { namespace, now }: Stores,
  rewrite: Rewrite,
  differences: readonly SetDifference[],
): Promise<number> {
  const rows = differences.flatMap(({ place, expected }) =>
    expected === undefined ? [] : [{ ...place, score: expected }],
  );
  // The set of a current window is only written to with its dated one as far as it shows that window.
  const members = differences.map(({ key, place, expected }): SetWrite => {
    return expected === undefined
      ? { key, scores: [], gone: [place.player_id] }
      : { key, scores: [[expected, place.player_id]] };
  });
  await rewrite({ hashes: [], sets: [...scoresToSets(namespace, rows, now()), ...members] });
  return differences.length;
}
