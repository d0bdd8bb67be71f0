import { createRequire } from 'node:module';

import type { Kafka } from 'kafkajs';

import { createCluster, type Cluster } from './cluster.js';
import { kafkaError } from './errors.js';

/** A record with all the fields that Kafka stores. */
export interface BrowsedRecord {
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer])[];
  /** Whether it is a transaction marker or part of an aborted transaction, rather than data. */
  readonly isControl: boolean;
}

/** The internal filter of kafkajs 2.2.4 that its consumers use. */
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
 * The maximum age of the metadata, ms. A former leader that is now a follower still answers fetches
 * without an error, although its log may be shorter; this bounds how long it is read from.
 */
const metadataMaxAgeMs = 5_000;

/** Reads records of one topic from given offsets, without a consumer group. */
export class RecordFetcher {
  readonly #cluster: Cluster;
  readonly #topic: string;
  /** Whether the last fetch failed, which may mean that the leaders have moved. */
  #isStale = false;

  constructor(kafka: Kafka, topic: string) {
    this.#cluster = createCluster(kafka, metadataMaxAgeMs);
    this.#topic = topic;
  }

  /**
   * Fetches the next records of some partitions, in order per partition.
   * @param positions the next offset to read, by partition
   * @param maxWaitMs how long to wait for records; if there are none by then, the result is empty
   * @throws StoreUnavailable, also if a partition cannot be read: no partition is skipped
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

  /** Connects and refreshes the metadata if necessary. */
  async #connect(): Promise<void> {
    await this.#cluster.connect();
    await this.#cluster.addTargetTopic(this.#topic);
    await (this.#isStale
      ? this.#cluster.refreshMetadata()
      : this.#cluster.refreshMetadataIfNecessary());
    this.#isStale = false;
  }
}

/** A fetch returns whole batches, so records before the position are dropped. */
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
