import { isOutOfRange } from '../../stores/kafka/errors.js';
import type { BrowsedRecord } from '../../stores/kafka/fetcher.js';
import { loadSql } from '../../stores/postgres/sql.js';
import { readEvents } from '../consumers/records.js';
import { recordTime } from '../contract/deadLetter.js';
import { groupName, services, topicName } from '../contract/topics.js';
import { readOffsets } from '../projection/offsets.js';
import type { Stores } from '../runtime/stores.js';
import { findConfirmed } from './confirmed.js';
import { differencesPerKind, type Comparison, type Difference, type OnProgress } from './report.js';

const compareRecords = loadSql('compare_records');
const countLogEvents = loadSql('count_log_events');

/** A fetch that returns nothing for this long, in milliseconds, has reached the end of the log. */
const waitMs = 2_000;

/** The range of a partition's offsets that the logger has processed. */
interface OffsetRange {
  readonly partition: number;
  /** The log's start offset, which retention advances. */
  from: number;
  /** The logger's stored offset when the comparison began; exclusive. */
  readonly to: number;
}

/** The result of comparing some records with PostgreSQL. */
interface Compared {
  /** Indexes of the records that are stored neither as events nor as dead letters. */
  readonly missing: readonly number[];
  /** The number of records whose stored event names their position, by partition. */
  readonly places: Readonly<Record<string, number>>;
}

/**
 * Compares the raw topic with `events`: each record that the logger has processed must be stored as an
 * event or a dead letter, and each event that names a position in this log must be at that position.
 * Records after the logger's stored offset are ignored, so events may flow meanwhile.
 */
export async function compareLog(stores: Stores, onProgress: OnProgress): Promise<Comparison> {
  const topic = topicName(stores.namespace, 'raw');
  const ranges = await processedRanges(stores, topic);
  const places = new Map<number, number>();
  const missing: BrowsedRecord[] = [];
  for await (const records of processedRecords(stores, topic, ranges, onProgress)) {
    const compared = await compareWith(stores, records);
    missing.push(...at(records, compared.missing));
    for (const [partition, count] of Object.entries(compared.places)) {
      places.set(Number(partition), (places.get(Number(partition)) ?? 0) + count);
    }
    if (missing.length > differencesPerKind) break;
  }
  const lost = await findConfirmed(stores, async () => stillMissing(stores, missing), placeOf);
  const differences = lost.map((record) => missingDifference(topic, record));
  // The counts are complete only if the log was read to its end.
  if (missing.length <= differencesPerKind) {
    differences.push(...(await surplus(stores, topic, ranges, places)));
  }
  return {
    differences: differences.slice(0, differencesPerKind),
    notCompared: ranges
      .filter(({ from }) => from > 0)
      .map(
        ({ partition, from }) =>
          `${topic}/${partition}: the log no longer holds the records before offset ${from}`,
      ),
  };
}

/** Yields the log's records that are not stored, in batches. */
export async function* missingRecords(stores: Stores): AsyncGenerator<readonly BrowsedRecord[]> {
  const topic = topicName(stores.namespace, 'raw');
  const ranges = await processedRanges(stores, topic);
  for await (const records of processedRecords(stores, topic, ranges, () => undefined)) {
    yield await stillMissing(stores, records);
  }
}

async function processedRanges(stores: Stores, topic: string): Promise<OffsetRange[]> {
  const { admin, database, namespace } = stores;
  const offsets = await readOffsets(database, groupName(namespace, 'logger'));
  const stored = new Map(offsets.map((row) => [row.partition, row.next_offset]));
  const ranges = await admin.logRanges(topic);
  return ranges.map(({ partition, start }) => {
    return { partition, from: start, to: Math.max(start, stored.get(partition) ?? 0) };
  });
}

/** Reads the ranges of all partitions at once; advances `from` if retention deletes records. */
async function* processedRecords(
  { admin, browser }: Stores,
  topic: string,
  ranges: readonly OffsetRange[],
  onProgress: OnProgress,
): AsyncGenerator<BrowsedRecord[]> {
  const fetcher = browser.fetcher(topic);
  const next = new Map(ranges.map(({ partition, from }) => [partition, from]));
  const ends = new Map(ranges.map(({ partition, to }) => [partition, to]));
  const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  let read = 0;
  for (;;) {
    const behind = new Map([...next].filter(([partition, at]) => at < (ends.get(partition) ?? 0)));
    if (behind.size === 0) return;
    const records = await fetcher.fetch(behind, waitMs).catch((error: unknown) => {
      if (isOutOfRange(error)) return undefined;
      throw error;
    });
    if (records === undefined) {
      for (const { partition, start, end } of await admin.logRanges(topic)) {
        const range = ranges.find((each) => each.partition === partition);
        const at = next.get(partition) ?? 0;
        // The log is shorter than before: the topic was recreated, and the logger restarts.
        if (at > end) next.set(partition, Infinity);
        if (range === undefined || at >= start) continue;
        range.from = start;
        next.set(partition, start);
      }
      continue;
    }
    // A log that ends in control records returns nothing after its last record.
    if (records.length === 0) return;
    for (const { partition, offset } of records) next.set(partition, offset + 1);
    const passed = records.filter(({ partition, offset, isControl }) => {
      return !isControl && offset < (ends.get(partition) ?? 0);
    });
    read += passed.length;
    yield passed;
    onProgress(read, total);
  }
}

async function compareWith(
  { database, namespace }: Stores,
  records: readonly BrowsedRecord[],
): Promise<Compared> {
  const events = records.map(eventOf);
  const [compared] = await database.query<Compared>(compareRecords, [
    records.map(({ partition }) => partition),
    records.map(({ offset }) => offset),
    records.map(({ timestampMs }) => recordTime(timestampMs)),
    events.map((event) => event?.event_id ?? null),
    events.map((event) => event?.player_id ?? null),
    services.logger,
    groupName(namespace, 'logger'),
  ]);
  if (compared === undefined) throw new Error('compare_records.sql returned no row');
  return compared;
}

async function stillMissing(
  stores: Stores,
  records: readonly BrowsedRecord[],
): Promise<BrowsedRecord[]> {
  if (records.length === 0) return [];
  return at(records, (await compareWith(stores, records)).missing);
}

/** Finds partitions in which more events name a position than were found at their positions. */
async function surplus(
  { database, namespace }: Stores,
  topic: string,
  ranges: readonly OffsetRange[],
  places: ReadonlyMap<number, number>,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const { partition, from, to } of ranges) {
    const values = [groupName(namespace, 'logger'), partition, from, to];
    const [row] = await database.query<{ events: number }>(countLogEvents, values);
    const expected = places.get(partition) ?? 0;
    const actual = row?.events ?? 0;
    if (actual <= expected) continue;
    differences.push({ where: 'events', key: `read from ${topic}/${partition}`, expected, actual });
  }
  return differences;
}

function missingDifference(topic: string, record: BrowsedRecord): Difference {
  const event = eventOf(record);
  const place = `${topic}/${record.partition} offset ${record.offset}`;
  return {
    where: 'events',
    key: event === undefined ? place : `${event.event_id} ${event.player_id} at ${place}`,
    expected: event === undefined ? 'a dead letter' : 'stored',
    actual: null,
  };
}

/** The event of a record; undefined if the record violates the contract. */
function eventOf(record: BrowsedRecord) {
  return readEvents([record]).events[0]?.event;
}

function placeOf({ partition, offset }: BrowsedRecord): string {
  return `${partition}:${offset}`;
}

function at<T>(items: readonly T[], positions: readonly number[]): T[] {
  return positions.flatMap((position) => items[position] ?? []);
}
