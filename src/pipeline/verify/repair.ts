import type { BrowsedRecord } from '../../stores/kafka/fetcher.js';
import type { KafkaProducer } from '../../stores/kafka/producer.js';
import { loadSql } from '../../stores/postgres/sql.js';
import { storeEvents } from '../consumers/logger/storeEvents.js';
import { readEvents } from '../consumers/records.js';
import type { Stores } from '../runtime/stores.js';
import { missingRecords } from './log.js';
import { rebuildScores, rebuildStatistics } from './rebuild.js';
import { redrawHashes, redrawMembers, redrawScores } from './redraw.js';
import { columnsOf, differingTops, distinct, readBoards } from './tops.js';

const markBoards = loadSql('mark_boards');

/** What a repair has rebuilt. */
export interface Repaired {
  /** Rows of `events` that were read from the log again. */
  readonly events: number;
  /** Players whose row of player_statistics was rebuilt. */
  readonly players: number;
  /** Players whose rows of player_scores were. */
  readonly scorers: number;
  /** Keys and members in Redis that were rewritten or removed. */
  readonly redis: number;
  /** Boards that were marked; the leaderboard role rewrites their tops. */
  readonly boards: number;
}

export interface RepairOptions {
  /** Publishes what was rebuilt: the last record of a player in player.statistics is its state. */
  readonly producer: KafkaProducer;
  /** Told what is looked through next. */
  readonly onStep?: (what: string, step: number, of: number) => void;
  /** Told what has been rebuilt so far. */
  readonly onProgress?: (repaired: Repaired) => void;
  readonly signal?: AbortSignal;
}

/** Rows that are looked at, at once, for what to rebuild. */
const topRows = 1_000;

/**
 * Rebuilds what differs, while the pipeline works: `events` from what the log still holds; the
 * statistics and scores from `events`; Redis from these; the tops by the leaderboard role, which is
 * told so. All in portions, each a transaction: a repair that ended early has done a part, and the
 * next one does the rest. The roles have to run.
 * @throws the signal's reason; Failure (serviceFailed) where the logger does not
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
    ['player_stats:*', 'redis', redrawHashes(stores)],
    ['leaderboard:*', 'redis', redrawScores(stores)],
    ['strangers in leaderboard:*', 'redis', redrawMembers(stores)],
    // The refresher asks Redis who is on top: last, that is.
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

/** Stores what the logger passed in the log and `events` lacks; what breaks the contract stays as it is. */
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

/** Marks boards whose top is another than it says. */
async function* markTops(stores: Stores): AsyncGenerator<number> {
  const { database } = stores;
  for await (const { rows } of differingTops(database, await readBoards(stores), topRows)) {
    // Of a board many rows may differ.
    const boards = distinct(rows);
    if (boards.length > 0) await database.query(markBoards, columnsOf(boards));
    yield boards.length;
  }
}
