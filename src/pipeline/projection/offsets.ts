import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';

const selectDatabaseId = loadSql('select_database_id');
const selectGroupOffsets = loadSql('select_group_offsets');

/** A group's progress in one partition, by its effects in PostgreSQL. */
export interface StoredOffset {
  readonly partition: number;
  readonly next_offset: number;
  /** The epoch in which the group began to read this log. */
  readonly log_epoch: number;
}

/** A partition's row in consumer_offsets. */
export interface GroupOffset extends StoredOffset {
  readonly epoch: number;
}

/** The stored offsets of a group, by partition; a partition that no consumer has claimed is absent. */
export async function readOffsets(database: Queryable, group: string): Promise<GroupOffset[]> {
  return database.query<GroupOffset>(selectGroupOffsets, [group]);
}

/** Reads the random id that was assigned to this database when its tables were created. */
export async function readDatabaseId(database: Queryable): Promise<string> {
  const [row] = await database.query<{ database_id: string }>(selectDatabaseId);
  if (row === undefined) throw new Error('gamemetrics_meta has no row');
  return row.database_id;
}
