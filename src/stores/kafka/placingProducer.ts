import { Partitioners, type Producer } from 'kafkajs';

import type { KafkaEndpoint } from '../../config/endpoints.js';
import { createKafka, type KafkaClientOptions } from './client.js';
import { kafkaError } from './errors.js';
import type { OutgoingRecord } from './producer.js';

/** Where a record was written. */
export interface RecordPlace {
  readonly partition: number;
  readonly offset: number;
}

/** Writes single records and tells where each is; for few of them, since each is a request. */
export class PlacingProducer implements AsyncDisposable {
  readonly #producer: Producer;
  #connected: Promise<void> | undefined;

  constructor(endpoint: KafkaEndpoint, options: KafkaClientOptions) {
    this.#producer = createKafka(endpoint, options).producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 5 },
    });
  }

  /**
   * Writes a record with acks = all. Where its acknowledgement is lost it may be there twice.
   * @throws StoreUnavailable; kafkajs's error where the broker refuses it for good
   */
  async send({ topic, key, value, headers }: OutgoingRecord): Promise<RecordPlace> {
    try {
      this.#connected ??= this.#producer.connect();
      await this.#connected;
      const messages = [{ key, value, ...(headers === undefined ? {} : { headers }) }];
      const [written] = await this.#producer.send({ topic, messages, acks: -1 });
      if (written?.baseOffset === undefined) throw new Error('the broker told no offset');
      return { partition: written.partition, offset: Number(written.baseOffset) };
    } catch (error) {
      throw kafkaError(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer.disconnect();
  }
}
