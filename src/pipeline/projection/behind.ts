import type { Queryable } from '../../stores/postgres/database.js';
import type { RedisStore } from '../../stores/redis/client.js';
import { groupName } from '../contract/topics.js';
import type { Stores } from '../runtime/stores.js';
import { readDatabaseId, readOffsets } from './offsets.js';
import { coversAll, readState, shownOffset } from './state.js';

/** The roles that keep a projection in Redis. */
export const projectedRoles = ['statistics', 'leaderboard'] as const;

export type ProjectedRole = (typeof projectedRoles)[number];

/** A partition for which Redis is behind PostgreSQL. */
export interface PartitionBehind {
  readonly group: string;
  readonly partition: number;
  /** The offset that Redis has reached, exclusive. */
  readonly shown: number;
  /** The offset that PostgreSQL has reached, exclusive. */
  readonly stored: number;
}

/** Whether a group's projection in Redis is behind PostgreSQL. */
export async function isBehind(
  database: Queryable,
  redis: RedisStore,
  group: string,
): Promise<boolean> {
  const offsets = await readOffsets(database, group);
  if (offsets.every(({ next_offset }) => next_offset === 0)) return false;
  const id = await readDatabaseId(database);
  return !coversAll(await readState(redis, group), id, offsets);
}

/** The number of groups whose projection is behind. */
export async function groupsBehind({ database, redis, namespace }: Stores): Promise<number> {
  const behind = await Promise.all(
    projectedRoles.map(async (role) => isBehind(database, redis, groupName(namespace, role))),
  );
  return behind.filter(Boolean).length;
}

/** The partitions of all groups for which Redis is behind PostgreSQL. */
export async function partitionsBehind({
  database,
  redis,
  namespace,
}: Stores): Promise<PartitionBehind[]> {
  const behind: PartitionBehind[] = [];
  for (const group of projectedRoles.map((role) => groupName(namespace, role))) {
    const offsets = await readOffsets(database, group);
    const state = await readState(redis, group);
    for (const { partition, next_offset: stored } of offsets) {
      const shown = shownOffset(state, partition);
      if (shown < stored) behind.push({ group, partition, shown, stored });
    }
  }
  return behind;
}
