import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import { Failure } from '../../util/failure.js';
import { groupName } from '../contract/topics.js';
import type { ProjectedRole } from '../projection/behind.js';
import { FencedWriter } from '../projection/fencedWriter.js';
import type { ProjectionWrites } from '../projection/writes.js';
import type { Stores } from '../runtime/stores.js';

const lockGroupOffsets = loadSql('lock_group_offsets');

/** Writes to a role's projection. @throws Failure if a batch or a rebuild wrote to it meanwhile */
export type Rewrite = (writes: ProjectionWrites) => Promise<void>;

/** The handles through which a repair writes while a role's consumers are paused. */
export interface PausedRepair {
  /** The transaction whose locks pause the consumers. */
  readonly tx: Queryable;
  readonly rewrite: Rewrite;
}

/**
 * Pauses a role's consumers between two batches while `work` runs, so that PostgreSQL and Redis agree.
 * The work must be short, because the role processes nothing meanwhile.
 * @param work receives the transaction whose locks pause the consumers; it is committed afterwards
 */
export async function withConsumersPaused<T>(
  { database, namespace }: Stores,
  role: ProjectedRole,
  work: (tx: Queryable) => Promise<T>,
): Promise<T> {
  return database.transaction(async (tx) => {
    await tx.query(lockGroupOffsets, [groupName(namespace, role)]);
    return work(tx);
  });
}

/**
 * Runs a repair like {@link withConsumersPaused}. If this process was suspended until it lost its locks,
 * and a batch wrote meanwhile, the repair writes nothing more.
 * @throws Failure (service_failed) in that case
 */
export async function repairWithConsumersPaused<T>(
  stores: Stores,
  role: ProjectedRole,
  work: (repair: PausedRepair) => Promise<T>,
): Promise<T> {
  return withConsumersPaused(stores, role, async (tx) => {
    const group = groupName(stores.namespace, role);
    const writer = await FencedWriter.begin(stores.redis, group, 'repair');
    const rewrite: Rewrite = async (writes) => {
      if (await writer.write(writes)) return;
      const what = `the repair of ${role} lost its locks, or Redis was emptied during it`;
      const cure = 'Run the repair again: it continues with the remaining differences.';
      throw new Failure(what, { code: 'service_failed', cure });
    };
    return work({ tx, rewrite });
  });
}
