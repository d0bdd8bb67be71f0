import { loadSql } from '../../stores/postgres/sql.js';
import type { Queryable } from '../../stores/postgres/database.js';
import { groupName } from '../contract/topics.js';
import type { Stores } from '../stores.js';

const lockGroupOffsets = loadSql('lock_group_offsets');

/** A role whose effects follow from `events` and show in Redis. */
export type PicturedRole = 'statistics' | 'leaderboard';

/**
 * Does something while a role's batches wait: none of them is half done then, so that PostgreSQL and
 * Redis agree. To be short: the role waits as long.
 */
export async function whileHeld<T>(
  { database, namespace }: Stores,
  role: PicturedRole,
  work: (tx: Queryable) => Promise<T>,
): Promise<T> {
  return database.transaction(async (tx) => {
    await tx.query(lockGroupOffsets, [groupName(namespace, role)]);
    return work(tx);
  });
}
