import { createRequire } from 'node:module';

import type { Kafka } from 'kafkajs';

import { StoreUnavailable } from '../errors.js';
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

/** What is used of kafkajs 2.2.4's inner client; its public consumer must join a group to read. */
interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<Broker>;
}

interface Broker {
  fetch(request: object): Promise<{ responses: readonly FetchedTopic[] }>;
}

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

/** Reads records of one topic from given offsets, without a consumer group. */
export class RecordFetcher {
  readonly #cluster: Cluster;
  readonly #topic: string;
  #connected: Promise<void> | undefined;

  constructor(kafka: Kafka, topic: string) {
    this.#cluster = clusterOf(kafka);
    this.#topic = topic;
  }

  /**
   * What comes next in some partitions, in the order of each; nothing within `maxWaitMs` is none.
   * @param positions the next offset to read, by partition
   * @throws StoreUnavailable
   */
  async fetch(positions: ReadonlyMap<number, number>, maxWaitMs: number): Promise<BrowsedRecord[]> {
    try {
      this.#connected ??= this.#connect();
      await this.#connected;
      const leaders = this.#cluster.findLeaderForPartitions(this.#topic, [...positions.keys()]);
      const answers = await Promise.all(
        Object.entries(leaders).map(async ([nodeId, partitions]) => {
          const broker = await this.#cluster.findBroker({ nodeId });
          return broker.fetch({
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
        }),
      );
      return answers.flatMap(({ responses }) =>
        responses.flatMap((topic) => topic.partitions.flatMap((each) => read(each, positions))),
      );
    } catch (error) {
      this.#connected = undefined;
      throw kafkaError(error);
    }
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect();
  }

  async #connect(): Promise<void> {
    await this.#cluster.connect();
    await this.#cluster.addTargetTopic(this.#topic);
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

const createCluster = 'private:Kafka:createCluster';

/** @throws StoreUnavailable where this version of kafkajs keeps it elsewhere */
function clusterOf(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === createCluster,
  );
  const create =
    symbol && (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol];
  if (create === undefined) throw new StoreUnavailable('kafka', new Error('kafkajs is not 2.2.4'));
  return create({ metadataMaxAge: 60_000, allowAutoTopicCreation: false });
}
