import type { Delivery } from './delivery.js';
import type { ProducerId } from './produceCluster.js';
import type { OutgoingRecord } from './records.js';

/** A record that waits to be acknowledged. */
export interface QueuedRecord {
  readonly record: OutgoingRecord;
  /** An estimate of its size on the wire, in bytes. */
  readonly bytes: number;
  /** The delivery that it belongs to, and its index there. */
  readonly delivery: Delivery;
  readonly index: number;
}

/**
 * Records that are sent to one partition together. A batch is retried unchanged and with the same
 * sequence number until it is acknowledged, so that a broker that already has it, or a replica that
 * has become the leader, recognizes the duplicate.
 */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly QueuedRecord[];
  /** When its oldest record was queued; `performance.now()`. */
  readonly queuedAt: number;
  attempts: number;
  /**
   * The producer id that the batch was first sent with, and the sequence number of its first
   * record.
   */
  sequence?: { readonly producer: ProducerId; readonly first: number };
}

/** Brokers accept 1 MiB per record batch by default (max.message.bytes). */
const batchBytes = 900 * 1024;

/** The records that wait for one partition, in order, with at most one batch in flight. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  /** Whether its batch is in flight or waits for a retry. */
  isBusy = false;
  /** The error and time of the last failed attempt; undefined once a batch is acknowledged. */
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

  /** When the oldest record was queued; undefined if the queue is empty. */
  get oldestAt(): number | undefined {
    return this.#batch?.queuedAt ?? this.#waiting[0]?.delivery.queuedAt;
  }

  /**
   * The next batch to send: the one that was sent and is not acknowledged yet, or else as many
   * waiting records as fit into one batch; undefined if the queue is empty.
   */
  next(): Batch | undefined {
    return (this.#batch ??= this.#take());
  }

  /** Acknowledges the batch. @param baseOffset the offset of its first record */
  acknowledge(baseOffset: number): void {
    this.problem = undefined;
    const { partition } = this;
    for (const [at, { delivery, index }] of this.#settle().entries()) {
      delivery.acknowledge(index, { partition, offset: baseOffset + at });
    }
  }

  /** Gives up the batch. */
  fail(error: Error): void {
    for (const { delivery } of this.#settle()) delivery.fail(error);
  }

  /** Gives up records that were queued before a time (`performance.now()`) and never sent. */
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
