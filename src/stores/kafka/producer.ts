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
  /** Bytes of keys and values that may wait; more is refused. */
  readonly maxQueuedBytes?: number;
  /**
   * A partition that has acknowledged nothing for so long takes no more records; milliseconds. Never,
   * when left out: they wait for its acknowledgement, or for their time to be up.
   */
  readonly stalledAfterMs?: number;
}

/** More waits than may wait: the sender has to slow down. */
export class QueueFull extends Error {
  constructor() {
    super('the send queue is full');
    this.name = 'QueueFull';
  }
}

/** The largest record, in bytes: Kafka's max.message.bytes is 1,048,588, the batch around it included. */
const recordBytes = 1_000_000;

/**
 * How long a record may wait for its acknowledgement, in milliseconds. A cluster that loses a broker
 * takes 9 s to notice (broker.session.timeout.ms), and then elects its leaders.
 */
const deliveryTimeoutMs = 15_000;

/**
 * How long one request may take, in milliseconds: longer than its replication may. A leader that has
 * stopped without closing its connections answers nothing, and its successor is there by then.
 */
const requestTimeoutMs = 6_000;

/** What waits when a producer stops gets so long, in milliseconds. */
const stopTimeoutMs = 5_000;

/**
 * An idempotent producer (acks = all) that acknowledges a record when the leader of its own partition
 * has. It takes kafkajs's connections, and none of its producer: that counts acknowledgements by
 * broker, so that a partition that moves to a broker which has acknowledged its own is acknowledged,
 * too, and its records are lost (docs/reliability.md).
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
          // What fails is tried again here, and with another broker first.
          createKafka({ ...endpoint, brokers }, { ...options, retries: 0, requestTimeoutMs }),
        );
      },
    });
  }

  /** Connects. @throws StoreUnavailable where Kafka does not answer */
  async start(): Promise<void> {
    await this.#sender.start();
  }

  /** Bytes of keys and values that wait or are under way. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** @throws StoreUnavailable with the reason where every partition that was written to fails now */
  assertWritable(): void {
    this.#sender.assertWritable();
  }

  /**
   * Writes records, in order per key; resolves once all in-sync replicas have each of them.
   * @returns where each was written, in order
   * @throws QueueFull or RecordTooLarge before anything was sent; StoreUnavailable where Kafka is away (some of the
   *   records may have been written); kafkajs's error where the broker refuses them for good
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

  /** Sends what waits, as far as Kafka takes it within five seconds, then disconnects. */
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

/** The list from another element on each time: one that hangs must not be asked first every time. */
function rotated(list: readonly string[], by: number): string[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
