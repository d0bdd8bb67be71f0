import { loadSql } from '../../stores/postgres/sql.js';
import type { BrowsedRecord } from '../../stores/kafka/fetcher.js';
import { readEvents } from '../consumers/records.js';
import { recordTime } from '../contract/deadLetter.js';
import { groupName, services, topicName } from '../contract/topics.js';
import { readOffsets } from '../projection/behind.js';
import type { Stores } from '../stores.js';
import { differencesAKind, type Difference, type OnProgress } from './report.js';

const missingRecords = loadSql('missing_records');

/** A partition of which nothing comes for so long, in milliseconds, ends where it is. */
const waitMs = 2_000;

/**
 * The raw topic against `events`: each record that the logger has passed is an event there, or a dead
 * letter. What comes after its stored offset is not looked at, so events may flow meanwhile.
 */
export async function compareLog(stores: Stores, onProgress: OnProgress): Promise<Difference[]> {
  const { admin, browser, database, namespace } = stores;
  const topic = topicName(namespace, 'raw');
  const offsets = await readOffsets(database, groupName(namespace, 'logger'));
  const cut = new Map(offsets.map((row) => [row.partition, row.next_offset]));
  const ranges = await admin.logRanges(topic);
  const next = new Map(ranges.map(({ partition, start }) => [partition, start]));
  const endOf = (partition: number): number => cut.get(partition) ?? 0;
  const total = ranges.reduce((sum, range) => {
    return sum + Math.max(0, endOf(range.partition) - range.start);
  }, 0);
  const fetcher = browser.fetcher(topic);
  const differences: Difference[] = [];
  let read = 0;
  for (;;) {
    const behind = new Map([...next].filter(([partition, at]) => at < endOf(partition)));
    if (behind.size === 0 || differences.length >= differencesAKind) {
      return differences.slice(0, differencesAKind);
    }
    const records = await fetcher.fetch(behind, waitMs);
    // Control records at the end of a log are no records, and nothing comes after them.
    if (records.length === 0) return differences;
    for (const { partition, offset } of records) next.set(partition, offset + 1);
    const passed = records.filter(({ partition, offset }) => offset < endOf(partition));
    differences.push(...(await missing(stores, topic, passed)));
    read += passed.length;
    onProgress(read, total);
  }
}

async function missing(
  { database }: Stores,
  topic: string,
  records: readonly BrowsedRecord[],
): Promise<Difference[]> {
  const events = records.map((record) => readEvents([record]).events[0]?.event);
  const rows = await database.query<{ index: number }>(missingRecords, [
    records.map(({ partition }) => partition),
    records.map(({ offset }) => offset),
    records.map(({ timestampMs }) => recordTime(timestampMs)),
    events.map((event) => event?.event_id ?? null),
    events.map((event) => event?.player_id ?? null),
    services.logger,
  ]);
  return rows.flatMap(({ index }): Difference[] => {
    const record = records[index];
    if (record === undefined) return [];
    const event = events[index];
    const place = `${topic}/${record.partition} offset ${record.offset}`;
    return [
      {
        where: 'events',
        key: event === undefined ? place : `${event.event_id} ${event.player_id} at ${place}`,
        expected: event === undefined ? 'a dead letter' : 'stored',
        actual: null,
      },
    ];
  });
}
