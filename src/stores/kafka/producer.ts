import type { KafkaEndpoint } from '../../config/endpoints.js';
import { RecordTooLarge, StoreUnavailable } from '../errors.js';
import { createKafka, type KafkaClientOptions } from './client.js';
import { Delivery } from './produce/delivery.js';
import { openProduceCluster } from './produce/produceCluster.js';
import type { OutgoingRecord, RecordPlace } from './produce/records.js';
import { Sender } from './produce/sender.js';
import { UnderWay } from './underWay.js';

export type { OutgoingRecord, RecordPlace } from './produce/records.js';

export interface ProducerOptions extends KafkaClientOptions {
  /** The maximum size of queued keys and values, in bytes; `send` rejects more. */
  readonly maxQueuedBytes?: number;
  /**
   * A partition that has acknowledged nothing for this many milliseconds rejects new records. If
   * omitted, records wait until they are acknowledged or time out.
   */
  readonly stalledAfterMs?: number;
}

/** The send queue has reached its limit; the caller must slow down. */
export class QueueFull extends Error {
  constructor() {
    super('the send queue is full');
    this.name = 'QueueFull';
  }
}

/**
 * The maximum record size, in bytes: Kafka's max.message.bytes is 1,048,588 and includes the batch.
 */
const recordBytes = 1_000_000;

/**
 * How long a record may wait for its acknowledgement, in milliseconds. A cluster detects the loss
 * of a broker after 9 s (broker.session.timeout.ms) and then elects new leaders.
 */
const deliveryTimeoutMs = 15_000;

/**
 * The request timeout, in milliseconds; longer than the replication timeout. It bounds the wait for a
 * leader that hangs without closing its connections, so that a retry reaches the new leader.
 */
const requestTimeoutMs = 6_000;

/** How long a stopping producer waits for queued records, in milliseconds. */
const stopTimeoutMs = 5_000;

/**
 * An idempotent producer (acks=all) that acknowledges a record once the leader of its partition has
 * acknowledged it. It uses kafkajs's connections but not its producer, which tracks
 * acknowledgements per broker: if a partition moves to a broker that has already acknowledged other
 * partitions, kafkajs counts the moved partition as acknowledged and its records are lost
 * (docs/reliability.md).
 */
export class KafkaProducer implements AsyncDisposable {
  readonly #sender: Sender;
  readonly #maxQueuedBytes: number;
  readonly #unsettled = new UnderWay();
  #queuedBytes = 0;
  #stopped: Promise<void> | undefined;

  constructor(endpoint: KafkaEndpoint, options: ProducerOptions) {
    const { log, maxQueuedBytes = 32 * 1024 * 1024, stalledAfterMs = Infinity } = options;
    this.#maxQueuedBytes = maxQueuedBytes;
    let attempt = 0;
    this.#sender = new Sender({
      timeoutMs: deliveryTimeoutMs,
      stalledAfterMs,
      backoffMs: [50, 1_000],
      onProblem: (problem) => log?.('warn', problem),
      open: async (known) => {
        const brokers = rotated([...new Set([...known, ...endpoint.brokers])], attempt);
        attempt += 1;
        return openProduceCluster(
          // Retries happen here instead, starting with another broker.
          createKafka({ ...endpoint, brokers }, { ...options, retries: 0, requestTimeoutMs }),
        );
      },
    });
  }

  /** Connects. @throws StoreUnavailable if Kafka does not answer */
  async start(): Promise<void> {
    await this.#sender.start();
  }

  /** The size of the keys and values that are queued or in flight, in bytes. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /**
   * @throws StoreUnavailable with the reason if every partition that has been written to is failing
   */
  assertWritable(): void {
    this.#sender.assertWritable();
  }

  /**
   * Writes records, in order per key; resolves once all in-sync replicas have all of them.
   * @returns the partition and offset of each record, in order
   * @throws QueueFull or RecordTooLarge before anything is sent; StoreUnavailable if Kafka is
   *   unavailable (some of the records may have been written); kafkajs's error if it is not
   *   retriable
   */
  async send(records: readonly OutgoingRecord[]): Promise<RecordPlace[]> {
    if (records.length === 0) return [];
    if (this.#stopped !== undefined) throw wasStopped();
    const delivery = new Delivery(records, performance.now(), () => {
      this.#queuedBytes -= bytes;
    });
    const bytes = delivery.sizes.reduce((sum, size) => sum + size, 0);
    for (const [index, { topic }] of records.entries()) {
      const size = delivery.sizes[index] ?? 0;
      if (size > recordBytes) throw new RecordTooLarge(topic, size);
    }
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > this.#maxQueuedBytes) {
      throw new QueueFull();
    }
    this.#queuedBytes += bytes;
    this.#sender.add(delivery);
    return this.#unsettled.run(async () => delivery.acknowledged);
  }

  /** Flushes the queued records for at most five seconds, then disconnects. */
  async stop(): Promise<void> {
    await (this.#stopped ??= this.#stop());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(): Promise<void> {
    this.#sender.hurry(stopTimeoutMs);
    await this.#unsettled.settled();
    await this.#sender.close();
  }
}

function wasStopped(): StoreUnavailable {
  return new StoreUnavailable('kafka', new Error('the producer has stopped'));
}

/** Rotates a list, so that a broker that hangs is not tried first every time. */
function rotated(list: readonly string[], by: number): string[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
