import type { BrowsedTopic, KafkaBrowser, ReadFrom } from '../../stores/kafka/browser.js';
import type { BrowsedRecord } from '../../stores/kafka/fetcher.js';
import { Failure } from '../../util/failure.js';

export interface ReadOptions {
  readonly from: ReadFrom;
  /** Reads only this partition. */
  readonly partition?: number | undefined;
  /** Whether to continue with records that are written later, until the signal aborts. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

const waitMs = 500;

/** A compacted topic can lack its last records: this many consecutive empty fetches end the read. */
const emptyAnswers = 3;

/**
 * Finds a topic by its name, with or without the pipeline's namespace.
 * @throws Failure (check_failed) that lists the existing topics
 */
export async function findTopic(
  browser: KafkaBrowser,
  namespace: string,
  name: string,
): Promise<BrowsedTopic> {
  const topics = await browser.topics();
  const found = [namespace + name, name].flatMap((each) => topics.filter((t) => t.name === each));
  if (found[0] !== undefined) return found[0];
  throw new Failure(`Kafka has no topic "${name}"`, {
    code: 'check_failed',
    cure: `Topics: ${topics.map((topic) => topic.name).join(', ') || 'none'}.`,
  });
}

/**
 * Reads a topic's records up to the log ends at the call, or with `follow` until the signal aborts. The
 * records of each fetch are sorted by timestamp.
 * @throws Failure (invalid_argument) if there is no such partition, StoreUnavailable
 */
export async function* readTopic(
  browser: KafkaBrowser,
  topic: BrowsedTopic,
  { from, partition: only, follow, signal }: ReadOptions,
): AsyncGenerator<BrowsedRecord, void> {
  const partitions = topic.partitions.filter(
    ({ partition }) => only === undefined || partition === only,
  );
  if (partitions.length === 0) {
    throw new Failure(`${topic.name} has no partition ${String(only)}`, {
      code: 'invalid_argument',
      cure: `It has ${topic.partitions.length}, counted from 0.`,
    });
  }
  const ends = new Map(partitions.map(({ partition, end }) => [partition, end]));
  const positions = await browser.positions({ ...topic, partitions }, from);
  const fetcher = browser.fetcher(topic.name);
  for (let empty = 0; !signal.aborted && (follow || empty < emptyAnswers);) {
    const left = new Map(
      [...positions].filter(([partition, next]) => follow || next < (ends.get(partition) ?? 0)),
    );
    if (left.size === 0) return;
    const records = await fetcher.fetch(left, waitMs);
    empty = records.length === 0 ? empty + 1 : 0;
    for (const { partition, offset } of records) positions.set(partition, offset + 1);
    for (const record of inTime(records)) {
      const wanted = follow || record.offset < (ends.get(record.partition) ?? 0);
      if (wanted && !record.isControl) yield record;
    }
  }
}

function inTime(records: readonly BrowsedRecord[]): BrowsedRecord[] {
  return [...records].sort(
    (a, b) => a.timestampMs - b.timestampMs || a.partition - b.partition || a.offset - b.offset,
  );
}
