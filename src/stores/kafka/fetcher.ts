import { createRequire } from 'node:module';

import type { Kafka } from 'kafkajs';

import { createCluster, type Cluster } from './cluster.js';
import { kafkaError } from './errors.js';

/** A record with everything that Kafka keeps of it. */
export interface BrowsedRecord {
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer])[];
  /** The end of a transaction, or a part of one that was aborted: nobody's data. */
  readonly isControl: boolean;
}

/** kafkajs 2.2.4's own, which its consumers use. */
const withoutAborted = createRequire(import.meta.url)(
  'kafkajs/src/consumer/filterAbortedMessages',
) as (fetched: FetchedPartition) => readonly FetchedMessage[];

interface FetchedTopic {
  readonly partitions: readonly FetchedPartition[];
}

interface FetchedPartition {
  readonly partition: number;
  readonly messages: readonly FetchedMessage[];
  readonly abortedTransactions?: readonly object[];
}

interface FetchedMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | readonly Buffer[]>>;
  readonly isControlRecord?: boolean;
}

const partitionBytes = 1024 * 1024;
const consumerReplica = -1;
const readCommitted = 1;

/**
 * A former leader that still follows answers fetches without an error, and its log may be shorter: so
 * long may pass until the partition's leader is asked, ms.
 */
const metadataMaxAgeMs = 5_000;

/** Reads records of one topic from given offsets, without a consumer group. */
export class RecordFetcher {
  readonly #cluster: Cluster;
  readonly #topic: string;
  /** Whether the last fetch failed: the partitions may have moved. */
  #isStale = false;

  constructor(kafka: Kafka, topic: string) {
    this.#cluster = createCluster(kafka, metadataMaxAgeMs);
    this.#topic = topic;
  }

  /**
   * What comes next in some partitions, in the order of each; nothing within `maxWaitMs` is none.
   * @param positions the next offset to read, by partition
   * @throws StoreUnavailable, also where a partition cannot be read now: none is left out
   */
  async fetch(positions: ReadonlyMap<number, number>, maxWaitMs: number): Promise<BrowsedRecord[]> {
    try {
      await this.#connect();
      const leaders = this.#cluster.findLeaderForPartitions(this.#topic, [...positions.keys()]);
      const known = Object.values(leaders).flat();
      if (known.length < positions.size) {
        throw new Error(
          `only ${known.join(', ') || 'none'} of ${this.#topic}'s partitions are known`,
        );
      }
      const answers = await Promise.all(
        Object.entries(leaders).map(async ([nodeId, partitions]) => {
          const broker = await this.#cluster.findBroker({ nodeId });
          const answer = await broker.fetch({
            replicaId: consumerReplica,
            isolationLevel: readCommitted,
            maxWaitTime: maxWaitMs,
            topics: [
              {
                topic: this.#topic,
                partitions: partitions.map((partition) => ({
                  partition,
                  fetchOffset: String(positions.get(partition) ?? 0),
                  maxBytes: partitionBytes,
                })),
              },
            ],
          });
          return answer as { readonly responses: readonly FetchedTopic[] };
        }),
      );
      return answers.flatMap(({ responses }) =>
        responses.flatMap((topic) => topic.partitions.flatMap((each) => read(each, positions))),
      );
    } catch (error) {
      this.#isStale = true;
      throw kafkaError(error);
    }
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect();
  }

  /** A no-op while everything is fresh and connected. */
  async #connect(): Promise<void> {
    await this.#cluster.connect();
    await this.#cluster.addTargetTopic(this.#topic);
    await (this.#isStale
      ? this.#cluster.refreshMetadata()
      : this.#cluster.refreshMetadataIfNecessary());
    this.#isStale = false;
  }
}

/** A fetch brings whole batches: what is before the position is left out. */
function read(fetched: FetchedPartition, positions: ReadonlyMap<number, number>): BrowsedRecord[] {
  const { partition, messages } = fetched;
  const from = positions.get(partition) ?? 0;
  const committed = new Set(withoutAborted(fetched));
  return messages
    .filter(({ offset }) => Number(offset) >= from)
    .map((message) => ({ ...message, aborted: !committed.has(message) }))
    .map(({ offset, timestamp, key, value, headers = {}, isControlRecord, aborted }) => ({
      partition,
      offset: Number(offset),
      timestampMs: Number(timestamp),
      key,
      value,
      isControl: isControlRecord === true || aborted,
      headers: Object.entries(headers).flatMap(([name, values]) =>
        (Array.isArray(values) ? (values as Buffer[]) : [values as Buffer]).map(
          (each) => [name, each] as const,
        ),
      ),
    }));
}
