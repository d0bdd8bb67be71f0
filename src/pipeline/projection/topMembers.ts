import type { Queryable } from '../../stores/postgres/database.js';
import type { RedisStore } from '../../stores/redis/client.js';
import { projectionKey } from '../contract/redisKeys.js';
import { readDatabaseId, readOffsets } from './offsets.js';
import { coversAll, parseState } from './state.js';

/**
 * Reads the first members of a sorted set in a group's projection.
 * @returns undefined if the projection is behind PostgreSQL, because the set may be incomplete
 * @throws StoreUnavailable
 */
export async function readTopMembers(
  tx: Queryable,
  redis: RedisStore,
  group: string,
  key: string,
  count: number,
): Promise<readonly string[] | undefined> {
  const id = await readDatabaseId(tx);
  const offsets = await readOffsets(tx, group);
  const top = await redis.sortedSets.topWithHash(key, count, projectionKey(group));
  return coversAll(parseState(top.hash), id, offsets) ? top.members : undefined;
}
