import type { Delivery } from './delivery.js';
import type { ProducerId } from './produceCluster.js';
import type { OutgoingRecord } from './records.js';

/** A record that waits for its partition's acknowledgement. */
export interface QueuedRecord {
  readonly record: OutgoingRecord;
  /** An estimate of its size on the wire, in bytes. */
  readonly bytes: number;
  /** The send that it belongs to, and its place in it. */
  readonly delivery: Delivery;
  readonly index: number;
}

/**
 * Records that are sent to one partition together. Until it is acknowledged it is sent again as it is,
 * with the same sequence number: so the broker that has it already, or the replica that has become the
 * leader, recognizes it.
 */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly QueuedRecord[];
  /** Since when its oldest record has been waiting; `performance.now()`. */
  readonly queuedAt: number;
  attempts: number;
  /** The producer that it was first sent by, and the sequence number of its first record there. */
  sequence?: { readonly producer: ProducerId; readonly first: number };
}

/** A broker takes 1 MiB a record batch by default (max.message.bytes). */
const batchBytes = 900 * 1024;

/** The records that wait for one partition, in order; one batch of them at a time is under way. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  /** Whether its batch is being sent, or waits to be sent again. */
  isBusy = false;
  /** Why its latest attempt failed, and when; undefined once one has been acknowledged. */
  problem: { readonly error: Error; readonly atMs: number } | undefined;
  readonly #waiting: QueuedRecord[] = [];
  #batch: Batch | undefined;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get isEmpty(): boolean {
    return this.#batch === undefined && this.#waiting.length === 0;
  }

  push(record: QueuedRecord): void {
    this.#waiting.push(record);
  }

  /** Since when the oldest record has been waiting; undefined where none is. */
  get oldestAt(): number | undefined {
    return this.#batch?.queuedAt ?? this.#waiting[0]?.delivery.queuedAt;
  }

  /**
   * The batch that is to be acknowledged next: the one that was sent and has no acknowledgement yet,
   * else what waits, as much of it as fits; undefined where nothing does.
   */
  next(): Batch | undefined {
    return (this.#batch ??= this.#take());
  }

  /** The broker has the batch, from this offset on. */
  acknowledge(baseOffset: number): void {
    this.problem = undefined;
    const { partition } = this;
    for (const [at, { delivery, index }] of this.#settle().entries()) {
      delivery.acknowledge(index, { partition, offset: baseOffset + at });
    }
  }

  /** Gives the batch up. */
  fail(error: Error): void {
    for (const { delivery } of this.#settle()) delivery.fail(error);
  }

  /** Gives up what has been waiting since before a time and was never sent. */
  expire(queuedBefore: number, error: () => Error): void {
    while ((this.#waiting[0]?.delivery.queuedAt ?? Infinity) < queuedBefore) {
      this.#waiting.shift()?.delivery.fail(error());
    }
  }

  #settle(): readonly QueuedRecord[] {
    const records = this.#batch?.records ?? [];
    this.#batch = undefined;
    return records;
  }

  #take(): Batch | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    let bytes = 0;
    let count = 0;
    for (const record of this.#waiting) {
      bytes += record.bytes;
      if (count > 0 && bytes > batchBytes) break;
      count += 1;
    }
    const { topic, partition } = this;
    const { queuedAt } = first.delivery;
    return { topic, partition, records: this.#waiting.splice(0, count), queuedAt, attempts: 0 };
  }
}
