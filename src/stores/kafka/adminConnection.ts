import type { Admin, Kafka } from 'kafkajs';

import { StoreUnavailable } from '../errors.js';
import { createTolerantAdmin } from './cluster.js';
import { kafkaError } from './errors.js';
import { UnderWay } from './underWay.js';

/**
 * kafkajs's administration client with one long-lived connection. If kafkajs is asked to disconnect
 * while it is connecting or before a request, it connects anyway and the connection leaks. This class
 * therefore rejects new work once it is closing, and waits for the requests in flight.
 */
export class AdminConnection {
  readonly #admin: Admin;
  readonly #underWay = new UnderWay();
  #connected: Promise<void> | undefined;
  #isClosed = false;

  constructor(kafka: Kafka) {
    this.#admin = createTolerantAdmin(kafka, {
      initialRetryTime: 50,
      maxRetryTime: 500,
      retries: 5,
    });
  }

  /**
   * Runs requests on the connection.
   * @throws StoreUnavailable; kafkajs's error if it is not retriable
   */
  async run<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new StoreUnavailable('kafka', new Error('the connection is closed'));
    return this.#underWay.run(async () => this.#run(work));
  }

  /** Disconnects once the requests in flight have completed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#underWay.settled();
    await this.#admin.disconnect();
  }

  async #run<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      this.#connected ??= this.#admin.connect();
      await this.#connected;
      return await work(this.#admin);
    } catch (error) {
      this.#connected = undefined;
      throw kafkaError(error);
    }
  }
}
