import type { BrowsedRecord } from '../../stores/kafka/fetcher.js';
import type { KafkaProducer } from '../../stores/kafka/producer.js';
import { loadSql } from '../../stores/postgres/sql.js';
import { storeEvents } from '../consumers/logger/storeEvents.js';
import { readEvents } from '../consumers/records.js';
import type { Stores } from '../runtime/stores.js';
import { missingRecords } from './log.js';
import { rebuildHashes, rebuildSets, removeOrphans } from './rebuildRedis.js';
import { rebuildScores, rebuildStatistics } from './rebuildTables.js';
import { columnsOf, differingTops, distinct, readBoards } from './tops.js';

const markBoards = loadSql('mark_boards');

/** The counts of a repair. */
export interface Repaired {
  /** Rows of `events` that were restored from the log. */
  readonly events: number;
  /** Players whose row in player_statistics was rebuilt. */
  readonly players: number;
  /** Players whose rows in player_scores were rebuilt. */
  readonly scorers: number;
  /** Keys and members in Redis that were rewritten or removed. */
  readonly redis: number;
  /** Boards that were marked, so that the leaderboard role rewrites their tops. */
  readonly boards: number;
}

export interface RepairOptions {
  /** Publishes the rebuilt statistics: the last record of a player is the player's state. */
  readonly producer: KafkaProducer;
  /** Called before each step. @param step counts from 1 */
  readonly onStep?: (what: string, step: number, of: number) => void;
  /** Called with the counts so far. */
  readonly onProgress?: (repaired: Repaired) => void;
  readonly signal?: AbortSignal;
}

/** Maximum number of differing rows that one statement returns. */
const topRows = 1_000;

/**
 * Rebuilds all differences while the pipeline runs: `events` from the log, as far as it still exists;
 * statistics and scores from `events`; and Redis from those. Boards whose tops differ are marked, and
 * the leaderboard role rewrites them. Each transaction repairs a limited number of rows, and a repair
 * that follows an interrupted one continues with the remaining differences. The roles must run.
 * @throws the signal's reason; Failure (service_failed) if the logger does not run
 */
export async function repair(
  stores: Stores,
  { producer, onStep, onProgress, signal }: RepairOptions,
): Promise<Repaired> {
  const repaired = { events: 0, players: 0, scorers: 0, redis: 0, boards: 0 };
  const steps: readonly (readonly [what: string, kind: keyof Repaired, AsyncIterable<number>])[] = [
    ['events', 'events', restoreEvents(stores)],
    ['player_statistics', 'players', rebuildStatistics(stores, producer)],
    ['player_scores', 'scorers', rebuildScores(stores)],
    ['player_stats:*', 'redis', rebuildHashes(stores)],
    ['leaderboard:*', 'redis', rebuildSets(stores)],
    ['orphans in leaderboard:*', 'redis', removeOrphans(stores)],
    // Last, because the role reads the players of the top from Redis.
    ['leaderboards', 'boards', markTops(stores)],
  ];
  for (const [index, [what, kind, portions]] of steps.entries()) {
    onStep?.(what, index + 1, steps.length);
    for await (const count of portions) {
      repaired[kind] += count;
      if (count > 0) onProgress?.({ ...repaired });
      signal?.throwIfAborted();
    }
  }
  return repaired;
}

/** Stores events that the logger has processed but `events` lacks; invalid records stay dead letters. */
async function* restoreEvents(stores: Stores): AsyncGenerator<number> {
  for await (const records of missingRecords(stores)) {
    let restored = 0;
    for (const [partition, some] of byPartition(records)) {
      const { events } = readEvents(some);
      restored += (await storeEvents(stores.database, partition, events)).length;
    }
    yield restored;
  }
}

function byPartition(records: readonly BrowsedRecord[]): Map<number, BrowsedRecord[]> {
  const partitions = new Map<number, BrowsedRecord[]>();
  for (const record of records) {
    partitions.set(record.partition, [...(partitions.get(record.partition) ?? []), record]);
  }
  return partitions;
}

/** Marks the boards whose rows in `leaderboards` differ from the top. */
async function* markTops(stores: Stores): AsyncGenerator<number> {
  const { database } = stores;
  for await (const { rows } of differingTops(database, await readBoards(stores), topRows)) {
    // A board may have several differing rows.
    const boards = distinct(rows);
    if (boards.length > 0) await database.query(markBoards, columnsOf(boards));
    yield boards.length;
  }
}
