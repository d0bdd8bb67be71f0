import { setTimeout as sleep } from 'node:timers/promises';

import { Partitioners } from 'kafkajs';

import { describeError } from '../../../util/describeError.js';
import { StoreUnavailable } from '../../errors.js';
import { kafkaError } from '../errors.js';
import { ProducerConnection, type OpenCluster } from './connection.js';
import type { Delivery } from './delivery.js';
import { PartitionQueue, type Batch } from './partitionQueue.js';

export interface SenderOptions {
  readonly open: OpenCluster;
  /** How long a record may wait for its acknowledgement before it is given up, in milliseconds. */
  readonly timeoutMs: number;
  /** A partition that has acknowledged nothing for this many milliseconds rejects new records. */
  readonly stalledAfterMs: number;
  /** The backoff before the first retry and its maximum, in milliseconds; it doubles per retry. */
  readonly backoffMs: readonly [first: number, longest: number];
  readonly onProblem: (problem: string) => void;
}

/** If a bootstrap server is unavailable, the next attempt tries another one. */
const startAttempts = 5;

/**
 * How long a failure counts if nothing has been sent since, ms; after that, writes are tried again.
 */
const problemMs = 10_000;

const partitionOf = Partitioners.DefaultPartitioner();

/**
 * Delivers records, in order per partition. Each partition has at most one batch in flight, which
 * is retried until it is acknowledged or times out. Each leader has at most one request in flight,
 * with one batch for each of its partitions; records that arrive in the meantime go into the next
 * request.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #connection: ProducerConnection;
  readonly #unplaced: Delivery[] = [];
  readonly #queues = new Map<string, PartitionQueue>();
  /** Leaders with a request in flight. */
  readonly #busy = new Set<number>();
  #isPlacing = false;
  /** The last error while loading the metadata of a topic. */
  #unlearned: Error | undefined;
  #isScheduled = false;
  /** How long a record may be queued before it is given up, ms; shortened when the producer stops. */
  #graceMs: number;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#connection = new ProducerConnection(options.open);
    this.#graceMs = options.timeoutMs;
  }

  /** Connects. @throws StoreUnavailable if Kafka does not answer */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#connection.start();
        return;
      } catch (error) {
        if (attempt === startAttempts || isFinal(toError(error))) throw kafkaError(error);
      }
      await sleep(this.#backoffMs(attempt));
    }
  }

  /** Accepts records for delivery; the outcome is reported to the delivery. */
  add(delivery: Delivery): void {
    const { stalledAfterMs } = this.#options;
    const [oldest] = this.#unplaced;
    if (oldest !== undefined && performance.now() - oldest.queuedAt > stalledAfterMs) {
      delivery.failAll(unacknowledged(stalledAfterMs, this.#unlearned));
      return;
    }
    this.#unplaced.push(delivery);
    if (!this.#isPlacing) void this.#place();
  }

  /**
   * @throws StoreUnavailable with the reason if every partition that has been written to is failing
   */
  assertWritable(): void {
    const since = performance.now() - problemMs;
    const problems = [...this.#queues.values()].map(({ problem, isEmpty }) =>
      problem === undefined || (isEmpty && problem.atMs < since) ? undefined : problem.error,
    );
    const [first] = problems;
    if (first === undefined || problems.includes(undefined)) return;
    throw new StoreUnavailable('kafka', first);
  }

  /** Shortens the time that a record may wait. @param timeoutMs the new limit, in milliseconds */
  hurry(timeoutMs: number): void {
    this.#graceMs = Math.min(this.#graceMs, timeoutMs);
  }

  /** Disconnects. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  /**
   * Moves records into the queues of their partitions, in order, once their topics' metadata is
   * loaded.
   */
  async #place(): Promise<void> {
    this.#isPlacing = true;
    for (;;) {
      const [delivery] = this.#unplaced;
      if (delivery === undefined) break;
      try {
        await this.#learnTopics(delivery);
        this.#queue(delivery);
      } catch (error) {
        delivery.failAll(kafkaError(error));
      }
      this.#unplaced.shift();
    }
    this.#isPlacing = false;
    this.#schedule();
  }

  async #learnTopics({ records, queuedAt }: Delivery): Promise<void> {
    const isUnknown = (topic: string): boolean => this.#connection.partitions(topic).length === 0;
    for (;;) {
      // The connection may be lost while a topic is loaded, and with it the metadata of the others.
      const unknown = records.find(({ topic }) => isUnknown(topic));
      if (unknown === undefined) return;
      await this.#learn(unknown.topic, queuedAt);
    }
  }

  async #learn(topic: string, queuedAt: number): Promise<void> {
    for (let attempt = 1; !this.#isOver(queuedAt); attempt += 1) {
      try {
        await this.#connection.learn(topic);
        return;
      } catch (error) {
        this.#unlearned = toError(error);
        if (isFinal(this.#unlearned)) throw error;
        await sleep(this.#backoffMs(attempt));
      }
    }
    throw unacknowledged(this.#graceMs, this.#unlearned);
  }

  /** @throws StoreUnavailable if a partition of the records is stalled; no record is queued then */
  #queue(delivery: Delivery): void {
    const queues = delivery.records.map((record) => {
      const partitions = this.#connection.partitions(record.topic);
      const partition = partitionOf({
        topic: record.topic,
        // kafkajs reads only these two fields of each partition.
        partitionMetadata: partitions as Parameters<typeof partitionOf>[0]['partitionMetadata'],
        message: { key: record.key, value: record.value },
      });
      return this.#queueOf(record.topic, partition);
    });
    for (const queue of new Set(queues)) this.#assertMoving(queue);
    for (const [index, record] of delivery.records.entries()) {
      queues[index]?.push({ record, bytes: delivery.sizes[index] ?? 0, delivery, index });
    }
  }

  #queueOf(topic: string, partition: number): PartitionQueue {
    const key = `${topic}/${partition}`;
    const queue = this.#queues.get(key) ?? new PartitionQueue(topic, partition);
    this.#queues.set(key, queue);
    return queue;
  }

  #assertMoving({ oldestAt, problem }: PartitionQueue): void {
    const { stalledAfterMs } = this.#options;
    if (oldestAt === undefined || performance.now() - oldestAt <= stalledAfterMs) return;
    throw unacknowledged(stalledAfterMs, problem?.error);
  }

  /** Defers sending, so that records that arrive in this turn of the event loop share a request. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#sendReady();
    });
  }

  /** Sends the waiting records of each leader that has no request in flight. */
  #sendReady(): void {
    const ready = new Map<number | undefined, PartitionQueue[]>();
    for (const queue of this.#queues.values()) {
      if (queue.isBusy || queue.isEmpty) continue;
      const leader = this.#connection.leaderOf(queue.topic, queue.partition);
      if (leader !== undefined && this.#busy.has(leader)) continue;
      const queues = ready.get(leader) ?? [];
      ready.set(leader, queues);
      queues.push(queue);
    }
    for (const [leader, queues] of ready) void this.#request(leader, queues);
  }

  /** Sends one request and applies its outcome to each of the queues. */
  async #request(leader: number | undefined, queues: readonly PartitionQueue[]): Promise<void> {
    const sent = queues.flatMap((queue) => {
      queue.expire(performance.now() - this.#graceMs, () => this.#overdue(queue));
      const batch = queue.next();
      queue.isBusy = batch !== undefined;
      return batch === undefined ? [] : [{ queue, batch }];
    });
    if (sent.length === 0) return;
    if (leader !== undefined) this.#busy.add(leader);
    const outcomes = await this.#attempt(
      leader,
      sent.map(({ batch }) => batch),
    );
    if (leader !== undefined) this.#busy.delete(leader);
    const retries = sent.filter(({ queue, batch }, index) => {
      const outcome = outcomes[index] ?? new Error('no outcome');
      if (typeof outcome === 'number') {
        queue.acknowledge(outcome);
        queue.isBusy = false;
        return false;
      }
      return !this.#rejected(queue, batch, outcome);
    });
    this.#schedule();
    if (retries.length === 0) return;
    await this.#backOff(Math.max(...retries.map(({ batch }) => batch.attempts)));
    for (const { queue, batch } of retries) {
      queue.isBusy = false;
      if (this.#isOver(batch.queuedAt)) this.#giveUp(queue, batch, this.#overdue(queue));
    }
    this.#schedule();
  }

  /**
   * Handles a failed attempt.
   * @returns whether the error is not retriable and the batch was given up
   */
  #rejected(queue: PartitionQueue, batch: Batch, outcome: Error): boolean {
    batch.attempts += 1;
    if (isFinal(outcome)) {
      this.#giveUp(queue, batch, outcome);
      queue.isBusy = false;
      return true;
    }
    const message = `${queue.topic}/${queue.partition}: ${describeError(outcome)}`;
    if (queue.problem === undefined) this.#options.onProblem(`${message}; retrying`);
    queue.problem = { error: new Error(message, { cause: outcome }), atMs: performance.now() };
    return false;
  }

  /**
   * Fails a batch that the broker may or may not have, which puts later sequence numbers in doubt.
   */
  #giveUp(queue: PartitionQueue, batch: Batch, error: Error): void {
    this.#connection.abandon(batch);
    queue.fail(error);
  }

  /**
   * @returns for each batch, the offset of its first record, or the error if it was not
   *   acknowledged
   */
  async #attempt(
    leader: number | undefined,
    batches: readonly Batch[],
  ): Promise<(number | Error)[]> {
    try {
      if (leader === undefined) {
        // Without a connection no leader is known; report the connection error in that case.
        await this.#connection.start();
        throw new Error('the partition has no leader');
      }
      return await this.#connection.produce(leader, batches);
    } catch (error) {
      return batches.map(() => toError(error));
    }
  }

  /** Waits before a retry, and refreshes the leaders in the meantime. */
  async #backOff(attempts: number): Promise<void> {
    const topics = (): ReadonlySet<string> =>
      new Set(
        [...this.#queues.values()].filter(({ isEmpty }) => !isEmpty).map((each) => each.topic),
      );
    await Promise.all([this.#connection.refresh(topics), sleep(this.#backoffMs(attempts))]);
  }

  #backoffMs(attempt: number): number {
    const [first, longest] = this.#options.backoffMs;
    return Math.min(first * 2 ** (attempt - 1), longest);
  }

  #isOver(queuedAt: number): boolean {
    return performance.now() - queuedAt > this.#graceMs;
  }

  #overdue({ problem }: PartitionQueue): Error {
    return unacknowledged(this.#graceMs, problem?.error);
  }
}

function unacknowledged(ms: number, cause: Error | undefined): StoreUnavailable {
  const why = cause === undefined ? '' : `: ${cause.message}`;
  return new StoreUnavailable(
    'kafka',
    new Error(`no acknowledgement within ${ms / 1_000} s${why}`, { cause }),
  );
}

/** Whether an error is not retriable. */
function isFinal(error: Error): boolean {
  return !(kafkaError(error) instanceof StoreUnavailable);
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
