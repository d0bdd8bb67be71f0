import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import type { RedisStore } from '../../stores/redis/client.js';
import { projectionKey } from '../contract/redisKeys.js';
import { groupName } from '../contract/topics.js';
import type { Stores } from '../runtime/stores.js';
import { coversAll, type StoredOffset } from './markers.js';

const selectDatabaseId = loadSql('select_database_id');
const selectGroupOffsets = loadSql('select_group_offsets');

/** A partition's row of consumer_offsets. */
export interface GroupOffset extends StoredOffset {
  readonly epoch: number;
}

/** How far a group's effects have come in PostgreSQL. */
export async function readOffsets(database: Queryable, group: string): Promise<GroupOffset[]> {
  return database.query<GroupOffset>(selectGroupOffsets, [group]);
}

/** Which database this is. */
export async function readDatabaseId(database: Queryable): Promise<string> {
  const [row] = await database.query<{ database_id: string }>(selectDatabaseId);
  if (row === undefined) throw new Error('gamemetrics_meta has no row');
  return row.database_id;
}

/** Whether a group's picture in Redis lacks something that PostgreSQL has. */
export async function isBehind(
  database: Queryable,
  redis: RedisStore,
  group: string,
): Promise<boolean> {
  const offsets = await readOffsets(database, group);
  if (offsets.every(({ next_offset }) => next_offset === 0)) return false;
  const id = await readDatabaseId(database);
  const fields = await redis.run(async (client) => client.hgetall(projectionKey(group)));
  return !coversAll(fields, id, offsets);
}

/** How many of the groups that have a picture in Redis are behind. */
export async function groupsBehind({ database, redis, namespace }: Stores): Promise<number> {
  const groups = (['statistics', 'leaderboard'] as const).map((role) => groupName(namespace, role));
  const behind = await Promise.all(groups.map(async (group) => isBehind(database, redis, group)));
  return behind.filter(Boolean).length;
}
