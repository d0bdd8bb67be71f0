import { Partitioners, type Kafka, type Producer, type TopicMessages } from 'kafkajs';

import type { KafkaEndpoint } from '../../config/endpoints.js';
import { createKafka, type KafkaClientOptions } from './client.js';
import { RecordTooLarge, StoreUnavailable } from '../errors.js';
import { kafkaError } from './errors.js';

/** A record to be written; the key decides the partition as the Java client does (murmur2). */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: string | Buffer | null;
  readonly value: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ProducerOptions extends KafkaClientOptions {
  /** Bytes of keys and values that may wait; more is refused. */
  readonly maxQueuedBytes?: number;
}

/** More waits than may wait: the sender has to slow down. */
export class QueueFull extends Error {
  constructor() {
    super('the send queue is full');
    this.name = 'QueueFull';
  }
}

/**
 * A request holds one record batch a partition, and a broker takes 1 MiB a batch: so much is sent
 * at once, whatever partitions it falls to.
 */
const requestBytes = 900 * 1024;

/** The largest record, in bytes: Kafka's max.message.bytes is 1,048,588, the batch around it included. */
const recordBytes = 1_000_000;

const acknowledgeTimeoutMs = 10_000;

interface Waiting {
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * An idempotent producer (acks = all) with one request in flight: what arrives meanwhile is the
 * next request. More in flight, and kafkajs 2.2.4 can lose an acknowledged record; this is also the
 * fastest way. After a final failure it makes a new producer, since the old one's sequence is unknown.
 */
export class BatchingProducer {
  readonly #kafka: Kafka;
  readonly #maxQueuedBytes: number;
  #producer: Producer | undefined;
  #waiting: Waiting[] = [];
  #queuedBytes = 0;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(endpoint: KafkaEndpoint, options: ProducerOptions) {
    // kafkajs warns of limited retries; here a final failure makes a new producer, and is thrown.
    this.#kafka = createKafka(endpoint, { ...options, level: 'error' });
    this.#maxQueuedBytes = options.maxQueuedBytes ?? 32 * 1024 * 1024;
  }

  /** Connects. @throws StoreUnavailable where Kafka does not answer */
  async start(): Promise<void> {
    await this.#connected();
  }

  /** Bytes of keys and values that wait or are under way. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /**
   * Writes records, in order per key; resolves once all in-sync replicas have them.
   * @throws QueueFull or RecordTooLarge before anything was sent; StoreUnavailable where Kafka is away (some of the
   *   records may have been written); kafkajs's error where the broker refuses them for good
   */
  async send(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    if (this.#stopped) throw new StoreUnavailable('kafka', new Error('the producer has stopped'));
    const sizes = records.map(sizeOf);
    for (const [index, { topic }] of records.entries()) {
      const size = sizes[index] ?? 0;
      if (size > recordBytes) throw new RecordTooLarge(topic, size);
    }
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > this.#maxQueuedBytes) {
      throw new QueueFull();
    }
    this.#queuedBytes += bytes;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ records, bytes, resolve, reject });
      this.#running ??= this.#drain();
    });
  }

  /** Sends what waits, then disconnects. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    await this.#producer?.disconnect();
    this.#producer = undefined;
  }

  async #drain(): Promise<void> {
    // Let everything that arrives in this turn of the event loop join the first request.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const request = this.#takeRequest();
      try {
        await this.#write(request.flatMap((item) => item.records));
        for (const item of request) item.resolve();
      } catch (error) {
        for (const item of request) item.reject(kafkaError(error));
      } finally {
        for (const item of request) this.#queuedBytes -= item.bytes;
      }
    }
    this.#running = undefined;
  }

  /** The items at the front of the queue that fit one request; at least one. */
  #takeRequest(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const item of this.#waiting) {
      bytes += item.bytes;
      if (count > 0 && bytes > requestBytes) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(records: readonly OutgoingRecord[]): Promise<void> {
    const producer = await this.#connected();
    try {
      for (const part of parts(records)) {
        await producer.sendBatch({
          acks: -1,
          timeout: acknowledgeTimeoutMs,
          topicMessages: byTopic(part),
        });
      }
    } catch (error) {
      this.#producer = undefined;
      await producer.disconnect();
      throw error;
    }
  }

  async #connected(): Promise<Producer> {
    if (this.#producer !== undefined) return this.#producer;
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 50, multiplier: 2, maxRetryTime: 1_000, retries: 8 },
    });
    try {
      await producer.connect();
    } catch (error) {
      await producer.disconnect();
      throw kafkaError(error);
    }
    this.#producer = producer;
    return producer;
  }
}

/** Splits one large send into requests; a record that is too large alone goes alone. */
function parts(records: readonly OutgoingRecord[]): OutgoingRecord[][] {
  const result: OutgoingRecord[][] = [];
  let part: OutgoingRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (part.length > 0 && bytes + size > requestBytes) {
      result.push(part);
      part = [];
      bytes = 0;
    }
    part.push(record);
    bytes += size;
  }
  if (part.length > 0) result.push(part);
  return result;
}

function byTopic(records: readonly OutgoingRecord[]): TopicMessages[] {
  const topics = new Map<string, TopicMessages>();
  for (const { topic, key, value, headers } of records) {
    const entry = topics.get(topic) ?? { topic, messages: [] };
    entry.messages.push({ key, value, ...(headers === undefined ? {} : { headers }) });
    topics.set(topic, entry);
  }
  return [...topics.values()];
}

/** An estimate of a record's size on the wire, in bytes. */
function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = 32 + (key === null ? 0 : Buffer.byteLength(key)) + Buffer.byteLength(value);
  for (const [name, text] of Object.entries(headers ?? {})) bytes += 8 + name.length + text.length;
  return bytes;
}
