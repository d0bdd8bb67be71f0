import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import { Failure } from '../../util/failure.js';
import { groupName } from '../contract/topics.js';
import { FencedWriter } from '../projection/fencedWriter.js';
import type { ProjectionWrites } from '../projection/writes.js';
import type { Stores } from '../runtime/stores.js';

const lockGroupOffsets = loadSql('lock_group_offsets');

/** A role whose effects follow from `events` and show in Redis. */
export type PicturedRole = 'statistics' | 'leaderboard';

/** Writes to a role's picture in Redis. @throws Failure where a batch or a rebuild came before */
export type Rewrite = (writes: ProjectionWrites) => Promise<void>;

/** What a repair has while a role's batches wait. */
export interface Held {
  readonly tx: Queryable;
  readonly rewrite: Rewrite;
}

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

/**
 * Repairs something while a role's batches wait. Where they did not, because this process was stopped
 * and lost its locks, nothing is written over theirs.
 */
export async function repairHeld<T>(
  stores: Stores,
  role: PicturedRole,
  work: (held: Held) => Promise<T>,
): Promise<T> {
  return whileHeld(stores, role, async (tx) => {
    const group = groupName(stores.namespace, role);
    const writer = await FencedWriter.begin(stores.redis, group, 'repair');
    const rewrite: Rewrite = async (writes) => {
      if (await writer.write(writes)) return;
      const what = `a repair of ${role} stood still for too long, or Redis was emptied in it`;
      const cure = 'Repair again: what is done stays done.';
      throw new Failure(what, { exit: 'serviceFailed', cure });
    };
    return work({ tx, rewrite });
  });
}
