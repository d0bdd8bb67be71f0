import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';

import { deferred } from '../../config/deferred.js';
import type { KafkaEndpoint } from '../../config/endpoints.js';
import { StoreUnavailable } from '../errors.js';
import { createKafka, type KafkaClientOptions } from './client.js';
import { kafkaError } from './errors.js';

/** A record as it was read; offsets stay below 2^53. */
export interface ConsumedRecord {
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** What one fetch brought of one partition, in order, and what may be done about it. */
export interface FetchedBatch {
  readonly partition: number;
  readonly records: readonly ConsumedRecord[];
  /**
   * Grows with every assignment: what was known of a partition before is void.
   */
  readonly generation: number;
  /** Whether the consumer stops, or has lost its assignment since this was fetched. */
  ended(): boolean;
  /** Keeps the membership alive. @throws kafkajs's error on a rebalance; let it pass through */
  heartbeat(): Promise<void>;
  /** The next fetch begins at this offset. */
  seek(offset: number): void;
  /** Everything before this offset is done with: fetch on from here. */
  resolve(nextOffset: number): void;
  /** Tells Kafka how far the group is, within a second; for lag displays only. */
  commit(nextOffset: number): void;
}

export interface GroupConsumerOptions extends KafkaClientOptions {
  readonly groupId: string;
  readonly topic: string;
  /** How many partitions are worked on at once. */
  readonly concurrency: number;
  /** Handles one batch of one partition. It settles its own failures: what it throws is a rebalance. */
  readonly onBatch: (batch: FetchedBatch) => Promise<void>;
}

const sessionTimeoutMs = 10_000;
const heartbeatIntervalMs = 2_000;
const rebalanceTimeoutMs = 15_000;
const maxWaitMs = 500;
const commitIntervalMs = 1_000;
const stopDeadlineMs = 12_000;

/** A member of a consumer group on one topic, with no commits or restarts of kafkajs's own. */
export class GroupConsumer {
  readonly #kafka: Kafka;
  readonly #options: GroupConsumerOptions;
  readonly #failed = deferred<never>();
  /** What Kafka is to be told next: the offset a partition. */
  readonly #uncommitted = new Map<number, number>();
  #commitTimer: NodeJS.Timeout | undefined;
  #consumer: Consumer | undefined;
  #generation = 0;
  #stopping = false;

  constructor(endpoint: KafkaEndpoint, options: GroupConsumerOptions) {
    this.#kafka = createKafka(endpoint, options);
    this.#options = options;
  }

  /** Rejects when the consumer can go on no more; it never resolves. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /**
   * Joins the group and begins to consume; resolves once partitions are assigned (perhaps none).
   * @throws StoreUnavailable where Kafka does not answer
   */
  async start(): Promise<void> {
    const { groupId, topic, concurrency } = this.#options;
    const consumer = this.#kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatIntervalMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      maxWaitTimeInMs: maxWaitMs,
      minBytes: 1,
      allowAutoTopicCreation: false,
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 1_000,
        retries: 10,
        // Only the supervisor restarts, with a new client; but the first group of a new cluster comes
        // while its coordinator still loads.
        restartOnFailure: (error) =>
          Promise.resolve(this.#generation === 0 && isCoordinatorLoading(error)),
      },
    });
    this.#consumer = consumer;
    const assigned = deferred<undefined>();
    consumer.on(consumer.events.GROUP_JOIN, () => {
      this.#generation += 1;
      this.#uncommitted.clear();
      assigned.resolve(undefined);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (payload.restart) return;
      this.#failed.reject(kafkaError(payload.error));
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: concurrency,
        eachBatch: async (payload) => this.#options.onBatch(this.#fetched(consumer, payload)),
      });
    } catch (error) {
      throw kafkaError(error);
    }
    await Promise.race([assigned.promise, this.failed]);
  }

  /**
   * Ends the batch under way, leaves the group and disconnects. kafkajs can hang in this during a
   * rebalance: after a deadline it is left to itself.
   */
  async stop(): Promise<void> {
    this.#stopping = true;
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    const deadline = new Promise<void>((resolve) => {
      setTimeout(resolve, stopDeadlineMs).unref();
    });
    await Promise.race([this.#leave(consumer), deadline]);
  }

  async #leave(consumer: Consumer): Promise<void> {
    await this.#commit(consumer);
    try {
      await consumer.disconnect();
    } catch (error) {
      this.#warn(error);
    }
  }

  /** Nothing depends on it, so a failure is only told. */
  async #commit(consumer: Consumer): Promise<void> {
    clearTimeout(this.#commitTimer);
    this.#commitTimer = undefined;
    const { topic } = this.#options;
    const offsets = [...this.#uncommitted].map(([partition, offset]) => ({
      topic,
      partition,
      offset: String(offset),
    }));
    this.#uncommitted.clear();
    if (offsets.length === 0) return;
    try {
      await consumer.commitOffsets(offsets);
    } catch (error) {
      this.#warn(error);
    }
  }

  #warn(error: unknown): void {
    this.#options.log?.('warn', new StoreUnavailable('kafka', error).message);
  }

  #fetched(consumer: Consumer, payload: EachBatchPayload): FetchedBatch {
    const { topic, partition, messages } = payload.batch;
    const generation = this.#generation;
    return {
      partition,
      generation,
      records: messages.map((message) => ({
        offset: Number(message.offset),
        timestampMs: Number(message.timestamp),
        key: message.key,
        value: message.value,
      })),
      ended: () =>
        this.#stopping ||
        !payload.isRunning() ||
        payload.isStale() ||
        generation !== this.#generation,
      heartbeat: async () => payload.heartbeat(),
      seek: (offset) => consumer.seek({ topic, partition, offset: String(offset) }),
      resolve: (nextOffset) => payload.resolveOffset(String(nextOffset - 1)),
      commit: (nextOffset) => {
        this.#uncommitted.set(partition, nextOffset);
        this.#commitTimer ??= setTimeout(
          () => void this.#commit(consumer),
          commitIntervalMs,
        ).unref();
      },
    };
  }
}

function isCoordinatorLoading(error: Error): boolean {
  return 'type' in error && error.type === 'GROUP_LOAD_IN_PROGRESS';
}
