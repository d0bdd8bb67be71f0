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
  /** How long a record may wait for its acknowledgement before it is given up; milliseconds. */
  readonly timeoutMs: number;
  /** A partition that has acknowledged nothing for so long takes no more records; milliseconds. */
  readonly stalledAfterMs: number;
  /** The pause before a second attempt, and the longest: each is twice the one before; milliseconds. */
  readonly backoffMs: readonly [first: number, longest: number];
  readonly onProblem: (problem: string) => void;
}

/** One bootstrap server may be away, and then another one is asked. */
const startAttempts = 5;

/** How long a failure counts where nothing has been sent since, so that it is tried again; ms. */
const problemMs = 10_000;

const partitionOf = Partitioners.DefaultPartitioner();

/**
 * Delivers records: those of a partition in order, and with one batch of each partition under way, which
 * is sent until it has an acknowledgement of its own, or its time is up. Each leader gets one request at
 * a time, with a batch of each of its partitions; what arrives meanwhile goes into the next one.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #connection: ProducerConnection;
  readonly #unplaced: Delivery[] = [];
  readonly #queues = new Map<string, PartitionQueue>();
  /** Leaders with a request under way. */
  readonly #busy = new Set<number>();
  #isPlacing = false;
  /** Why the metadata of a topic could not be loaded the last time. */
  #unlearned: Error | undefined;
  #isScheduled = false;
  /** What was queued before this is given up; it follows the time, and at a stop runs ahead of it. */
  #graceMs: number;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#connection = new ProducerConnection(options.open);
    this.#graceMs = options.timeoutMs;
  }

  /** Connects. @throws StoreUnavailable where Kafka does not answer */
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

  /** Takes records to be delivered; the delivery gets the outcome. */
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

  /** @throws StoreUnavailable with the reasons where every partition that was written to fails now */
  assertWritable(): void {
    const since = performance.now() - problemMs;
    const problems = [...this.#queues.values()].map(({ problem, isEmpty }) =>
      problem === undefined || (isEmpty && problem.atMs < since) ? undefined : problem.error,
    );
    const [first] = problems;
    if (first === undefined || problems.includes(undefined)) return;
    throw new StoreUnavailable('kafka', first);
  }

  /** From now on a record may wait for so long only; milliseconds. */
  hurry(timeoutMs: number): void {
    this.#graceMs = Math.min(this.#graceMs, timeoutMs);
  }

  /** Disconnects. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Puts records into the queues of their partitions, in order; needs their topics' metadata. */
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
      // While one is learned, the connection may go, and what was known of the others with it.
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

  /** @throws StoreUnavailable where a partition of the records is stalled: then none is queued */
  #queue(delivery: Delivery): void {
    const queues = delivery.records.map((record) => {
      const partitions = this.#connection.partitions(record.topic);
      const partition = partitionOf({
        topic: record.topic,
        // kafkajs reads these two of each partition's fields.
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

  /** Lets everything that arrives in this turn of the event loop join the next requests. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#sendReady();
    });
  }

  /** Sends a request to each leader that has none, with what waits for its partitions. */
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

  /** One request, and what it means for each of the queues. */
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
    const again = sent.filter(({ queue, batch }, index) => {
      const outcome = outcomes[index] ?? new Error('no outcome');
      if (typeof outcome === 'number') {
        queue.acknowledge(outcome);
        queue.isBusy = false;
        return false;
      }
      return !this.#refused(queue, batch, outcome);
    });
    this.#schedule();
    if (again.length === 0) return;
    await this.#backOff(Math.max(...again.map(({ batch }) => batch.attempts)));
    for (const { queue, batch } of again) {
      queue.isBusy = false;
      if (this.#isOver(batch.queuedAt)) this.#giveUp(queue, batch, this.#overdue(queue));
    }
    this.#schedule();
  }

  /** @returns whether the batch was refused for good */
  #refused(queue: PartitionQueue, batch: Batch, outcome: Error): boolean {
    batch.attempts += 1;
    if (isFinal(outcome)) {
      this.#giveUp(queue, batch, outcome);
      queue.isBusy = false;
      return true;
    }
    const message = `${queue.topic}/${queue.partition}: ${describeError(outcome)}`;
    if (queue.problem === undefined) this.#options.onProblem(`${message}; trying again`);
    queue.problem = { error: new Error(message, { cause: outcome }), atMs: performance.now() };
    return false;
  }

  /** The broker may have the batch or not: the sequence that goes on from it is in doubt. */
  #giveUp(queue: PartitionQueue, batch: Batch, error: Error): void {
    this.#connection.abandon(batch);
    queue.fail(error);
  }

  /** @returns for each batch the offset of its first record, or why it has no acknowledgement */
  async #attempt(
    leader: number | undefined,
    batches: readonly Batch[],
  ): Promise<(number | Error)[]> {
    try {
      if (leader === undefined) {
        // Without a connection no leader is known: then the reason for that is what counts.
        await this.#connection.start();
        throw new Error('the partition has no leader');
      }
      return await this.#connection.produce(leader, batches);
    } catch (error) {
      return batches.map(() => toError(error));
    }
  }

  /** Before another attempt: a pause, and meanwhile the leaders as they are now. */
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

/** Whether trying again cannot help. */
function isFinal(error: Error): boolean {
  return !(kafkaError(error) instanceof StoreUnavailable);
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
