import type { Admin, Kafka } from 'kafkajs';

import { StoreUnavailable } from '../errors.js';
import { createTolerantAdmin } from './cluster.js';
import { kafkaError } from './errors.js';
import { UnderWay } from './underWay.js';

/**
 * kafkajs's administration client on one connection that is kept. To disconnect one that is still
 * connecting, or has a request to come, does not end it: it connects all the same, and then nobody
 * disconnects it. So this one takes nothing new once it closes, and waits for what is under way.
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

  /** Runs requests on it. @throws StoreUnavailable; kafkajs's error where Kafka refuses for good */
  async run<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new StoreUnavailable('kafka', new Error('the connection is closed'));
    return this.#underWay.run(async () => this.#run(work));
  }

  /** Disconnects when what is under way has ended. */
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
