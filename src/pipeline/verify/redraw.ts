import { scoresToSets } from '../consumers/leaderboard/boards.js';
import { projectionKey } from '../contract/redisKeys.js';
import { groupName } from '../contract/topics.js';
import { encodeWrites, type ProjectionWrites } from '../projection/writes.js';
import type { Stores } from '../stores.js';
import { whileHeld, type PicturedRole } from './held.js';
import { findScores, suspectScores, type SetDifference } from './redisBoards.js';
import { findStrangers, suspectSets } from './redisMembers.js';
import { findHashes, suspectPlayers, type HashDifference } from './redisStatistics.js';

const ignore = (): void => undefined;

/** Rewrites the players' hashes that are not what player_statistics says. @returns keys, by transaction */
export async function* redrawHashes(stores: Stores): AsyncGenerator<number> {
  for await (const players of suspectPlayers(stores, ignore)) {
    yield await whileHeld(stores, 'statistics', async (tx) =>
      rewriteHashes(stores, await findHashes(stores, tx, players)),
    );
  }
}

/** Rewrites the scores in sorted sets that are not what player_scores says. @returns members */
export async function* redrawScores(stores: Stores): AsyncGenerator<number> {
  for await (const places of suspectScores(stores, ignore)) {
    yield await whileHeld(stores, 'leaderboard', async (tx) =>
      rewriteScores(stores, await findScores(stores, tx, places)),
    );
  }
}

/** Takes from the sorted sets whoever is not on their boards. @returns members */
export async function* redrawMembers(stores: Stores): AsyncGenerator<number> {
  for await (const set of suspectSets(stores)) {
    for (;;) {
      const removed = await whileHeld(stores, 'leaderboard', async (tx) => {
        const strangers = await findStrangers(stores, tx, set);
        if (strangers.length > 0) {
          await stores.redis.run(async (client) => client.zrem(set.key, ...strangers));
        }
        return strangers.length;
      });
      yield removed;
      if (removed === 0) break;
    }
  }
}

/** Makes hashes what they must be; to be called while batches are held. @returns how many there were */
export async function rewriteHashes(
  stores: Stores,
  differences: readonly HashDifference[],
): Promise<number> {
  const hashes = differences.flatMap(({ expected }) => expected ?? []);
  await write(stores, 'statistics', { hashes, sets: [] });
  await stores.redis.run(async (client) => {
    const pipeline = client.pipeline();
    for (const { key, expected, actual } of differences) {
      const surplus = Object.keys(actual).filter((field) => !(field in (expected?.fields ?? {})));
      if (expected === undefined) pipeline.unlink(key);
      else if (surplus.length > 0) pipeline.hdel(key, ...surplus);
    }
    throwAny(await pipeline.exec());
  });
  return differences.length;
}

/** Makes members' scores what they must be; to be called while batches are held. @returns how many there were */
export async function rewriteScores(
  stores: Stores,
  differences: readonly SetDifference[],
): Promise<number> {
  const { namespace, now } = stores;
  const rows = differences.flatMap(({ place, expected }) =>
    expected === undefined ? [] : [{ ...place, score: expected }],
  );
  await write(stores, 'leaderboard', { hashes: [], sets: scoresToSets(namespace, rows, now()) });
  await stores.redis.run(async (client) => {
    const pipeline = client.pipeline();
    for (const { key, place, expected } of differences) {
      if (expected === undefined) pipeline.zrem(key, place.player_id);
      // The set of a current window is only written to as far as it shows that window already.
      else pipeline.zadd(key, expected, place.player_id);
    }
    throwAny(await pipeline.exec());
  });
  return differences.length;
}

async function write(
  { namespace, redis }: Stores,
  role: PicturedRole,
  writes: ProjectionWrites,
): Promise<void> {
  await redis.project(projectionKey(groupName(namespace, role)), '', encodeWrites(writes));
}

function throwAny(replies: [Error | null, unknown][] | null): void {
  for (const [error] of replies ?? []) if (error !== null) throw error;
}
