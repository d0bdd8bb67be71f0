import { loadSql } from '../../stores/postgres/sql.js';
import { consumerRoles } from '../contract/roles.js';
import { groupName, sourceTopic, topicName, type ConsumerRole } from '../contract/topics.js';
import type { Stores } from '../runtime/stores.js';

const selectOffsets = loadSql('select_offsets');
const countDirtyBoards = loadSql('count_dirty_boards');

/** A group's progress: its stored offsets and its topic's log ends. */
export interface GroupProgress {
  readonly role: ConsumerRole;
  readonly group: string;
  readonly topic: string;
  /** Records processed, by the offsets stored with the effects. */
  readonly processed: number;
  /** Records between the stored offsets and the log ends. */
  readonly lag: number;
  readonly partitions: readonly PartitionProgress[];
}

interface PartitionProgress {
  readonly partition: number;
  readonly logEnd: number;
  readonly stored: number;
  readonly lag: number;
}

/**
 * Reads the progress of groups. The log ends are read first, so a lag of 0 means that all records
 * written before the call are processed.
 */
export async function readProgress(
  { admin, database, namespace }: Pick<Stores, 'admin' | 'database' | 'namespace'>,
  roles: readonly ConsumerRole[] = consumerRoles,
): Promise<GroupProgress[]> {
  const sources = [...new Set(roles.map(sourceTopic))];
  const logs = new Map(
    await Promise.all(
      sources.map(
        async (topic) => [topic, await admin.logRanges(topicName(namespace, topic))] as const,
      ),
    ),
  );
  const rows = await database.query<{
    consumer_group: string;
    topic: string;
    partition: number;
    next_offset: number;
  }>(selectOffsets, [roles.map((role) => groupName(namespace, role))]);
  return roles.map((role) => {
    const group = groupName(namespace, role);
    const stored = new Map(
      rows
        .filter((row) => row.consumer_group === group)
        .map((row) => [row.partition, row.next_offset]),
    );
    const partitions = (logs.get(sourceTopic(role)) ?? []).map(
      ({ partition, start, end }): PartitionProgress => {
        const next = Math.max(stored.get(partition) ?? 0, start);
        return { partition, logEnd: end, stored: next, lag: Math.abs(end - next) };
      },
    );
    return {
      role,
      group,
      topic: topicName(namespace, sourceTopic(role)),
      processed: sum(partitions.map((partition) => partition.stored)),
      lag: sum(partitions.map(({ lag }) => lag)),
      partitions,
    };
  });
}

/** Counts the boards whose top has not been rewritten yet. */
export async function dirtyBoards({ database }: Stores): Promise<number> {
  const [row] = await database.query<{ boards: number }>(countDirtyBoards);
  return row?.boards ?? 0;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
