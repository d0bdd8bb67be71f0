import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';

import type { KafkaEndpoint } from '../../config/endpoints.js';
import { deferred } from '../../util/deferred.js';
import { within } from '../../util/within.js';
import { StoreUnavailable } from '../errors.js';
import { createKafka, readTimeoutMs, type KafkaClientOptions } from './client.js';
import { kafkaError, loggedError } from './errors.js';

/** A record as it was read; offsets stay below 2^53. */
export interface ConsumedRecord {
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** The partitions that a consumer has been assigned. */
export interface Assignment {
  readonly partitions: readonly number[];
  /** Grows with every assignment: what was known of a partition before is void. */
  readonly generation: number;
  /**
   * Whether the consumer stops or has lost this assignment; of a batch's assignment also whether the
   * next fetch of its partition begins elsewhere.
   */
  ended(): boolean;
  /** The next fetch of a partition begins at this offset. */
  seek(partition: number, offset: number): void;
}

/** What one fetch brought of one partition, in order, and what may be done about it. */
export interface FetchedBatch {
  /** The assignment in which it was fetched. */
  readonly assignment: Assignment;
  readonly partition: number;
  readonly records: readonly ConsumedRecord[];
  /** The log end when this was fetched. */
  readonly logEnd: number;
  /** Keeps the membership alive. @throws kafkajs's error on a rebalance; let it pass through */
  heartbeat(): Promise<void>;
  /** Everything before this offset is done with: fetch on from here. */
  resolve(nextOffset: number): void;
  /** Commits the offset to Kafka within a second; for lag displays only. */
  commit(nextOffset: number): void;
}

export interface GroupConsumerOptions extends KafkaClientOptions {
  readonly groupId: string;
  readonly topic: string;
  /** How many partitions are worked on at once. */
  readonly concurrency: number;
  /** Processes one batch of one partition. It handles its own failures: it throws only a rebalance. */
  readonly onBatch: (batch: FetchedBatch) => Promise<void>;
}

const sessionTimeoutMs = 10_000;
/** Also how soon a member notices that others come and go. */
const heartbeatIntervalMs = 1_000;
const rebalanceTimeoutMs = 15_000;
const maxWaitMs = 500;
/** Holds several record batches of the largest size that brokers take by default (1 MiB). */
const partitionBytes = 4 * 1024 * 1024;
const commitIntervalMs = 1_000;
const stopDeadlineMs = 12_000;
/** A former leader that is now a follower answers fetches, from a log that may be shorter. */
const metadataMaxAgeMs = 5_000;

/** A member of a consumer group on one topic, with no commits or restarts of kafkajs's own. */
export class GroupConsumer {
  readonly #kafka: Kafka;
  readonly #options: GroupConsumerOptions;
  readonly #failed = deferred<never>();
  /** The offsets of the next commit, by partition. */
  readonly #uncommitted = new Map<number, number>();
  #commitTimer: NodeJS.Timeout | undefined;
  readonly #batches = new Set<Promise<void>>();
  #consumer: Consumer | undefined;
  #joining: Promise<void> | undefined;
  #generation = 0;
  #partitions: readonly number[] = [];
  #lastLogged: string | undefined;
  #stopped: Promise<void> | undefined;

  constructor(endpoint: KafkaEndpoint, options: GroupConsumerOptions) {
    this.#kafka = createKafka(endpoint, {
      requestTimeoutMs: readTimeoutMs,
      ...options,
      log: (level, message, error) => {
        if (error !== undefined) this.#lastLogged = error;
        options.log?.(level, message);
      },
    });
    this.#options = options;
  }

  /** Rejects when the consumer has failed or was stopped; it never resolves. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** The current assignment; undefined before the first. */
  get assignment(): Assignment | undefined {
    const consumer = this.#consumer;
    if (consumer === undefined || this.#generation === 0) return undefined;
    return this.#assignmentOf(consumer);
  }

  /**
   * Joins the group and begins to consume; resolves once partitions are assigned (perhaps none).
   * @throws StoreUnavailable where Kafka does not answer, or where the consumer is stopped meanwhile
   */
  async start(): Promise<void> {
    const { groupId, topic } = this.#options;
    const consumer = this.#kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatIntervalMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      maxWaitTimeInMs: maxWaitMs,
      maxBytesPerPartition: partitionBytes,
      minBytes: 1,
      metadataMaxAge: metadataMaxAgeMs,
      allowAutoTopicCreation: false,
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 1_000,
        retries: 10,
        // Only the supervisor restarts, with a new client.
        restartOnFailure: () => Promise.resolve(false),
      },
    });
    this.#consumer = consumer;
    const assigned = deferred<undefined>();
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.#generation += 1;
      this.#uncommitted.clear();
      this.#partitions = payload.memberAssignment[topic] ?? [];
      assigned.resolve(undefined);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.#failed.reject(this.#errorOf(payload.error));
    });
    this.#joining = this.#join(consumer, assigned.promise);
    await Promise.race([this.#joining, this.failed]);
  }

  /**
   * Ends the batch under way, leaves the group and disconnects. During a rebalance kafkajs can hang
   * here, so after a deadline this resolves all the same.
   */
  async stop(): Promise<void> {
    await (this.#stopped ??= this.#stop());
  }

  get #stopping(): boolean {
    return this.#stopped !== undefined;
  }

  async #stop(): Promise<void> {
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    await within(this.#leave(consumer), stopDeadlineMs, () => undefined);
    this.#failed.reject(wasStopped());
  }

  /** kafkajs cannot abort a join: after a stop it does not begin, or its result is discarded. */
  async #join(consumer: Consumer, assigned: Promise<undefined>): Promise<void> {
    const { topic, concurrency } = this.#options;
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      this.#assertWanted();
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: concurrency,
        eachBatch: async (payload) => this.#run(this.#fetched(consumer, payload)),
      });
    } catch (error) {
      throw this.#errorOf(error);
    }
    await Promise.race([assigned, this.failed]);
    this.#assertWanted();
  }

  #assertWanted(): void {
    if (this.#stopping) throw wasStopped();
  }

  async #run(batch: FetchedBatch): Promise<void> {
    const work = this.#options.onBatch(batch);
    this.#batches.add(work);
    try {
      await work;
    } finally {
      this.#batches.delete(work);
    }
  }

  async #leave(consumer: Consumer): Promise<void> {
    // kafkajs reconnects where it is disconnected during a join, and the member then stays for good.
    await Promise.allSettled([this.#joining]);
    await Promise.allSettled(this.#batches);
    await this.#commit(consumer);
    try {
      await consumer.disconnect();
    } catch (error) {
      this.#warn(error);
    }
  }

  /** Nothing depends on it, so a failure is only logged. */
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

  /** kafkajs drops the reason why no coordinator was found, but logs it. */
  #errorOf(error: unknown): Error {
    const lost = error instanceof Error && error.name === 'KafkaJSGroupCoordinatorNotFound';
    const reason = lost ? loggedError(this.#lastLogged) : undefined;
    return kafkaError(reason ?? error);
  }

  #assignmentOf(consumer: Consumer): Assignment {
    const generation = this.#generation;
    const { topic } = this.#options;
    return {
      partitions: this.#partitions,
      generation,
      ended: () => this.#stopping || generation !== this.#generation,
      seek: (partition, offset) => consumer.seek({ topic, partition, offset: String(offset) }),
    };
  }

  #fetched(consumer: Consumer, payload: EachBatchPayload): FetchedBatch {
    const { partition, messages, highWatermark } = payload.batch;
    const assignment = this.#assignmentOf(consumer);
    return {
      assignment: {
        ...assignment,
        ended: () => assignment.ended() || !payload.isRunning() || payload.isStale(),
      },
      partition,
      logEnd: Number(highWatermark),
      records: messages.map((message) => ({
        offset: Number(message.offset),
        timestampMs: Number(message.timestamp),
        key: message.key,
        value: message.value,
      })),
      heartbeat: async () => payload.heartbeat(),
      resolve: (nextOffset) => payload.resolveOffset(String(nextOffset - 1)),
      commit: (nextOffset) => {
        this.#uncommitted.set(partition, nextOffset);
        if (this.#stopping) return;
        this.#commitTimer ??= setTimeout(
          () => void this.#commit(consumer),
          commitIntervalMs,
        ).unref();
      },
    };
  }
}

function wasStopped(): StoreUnavailable {
  return new StoreUnavailable('kafka', new Error('the consumer was stopped'));
}
