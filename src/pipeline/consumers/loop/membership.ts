import { StoreUnavailable } from '../../../stores/errors.js';
import type { Assignment, GroupConsumer } from '../../../stores/kafka/consumer.js';
import { isMissingTopic } from '../../../stores/kafka/errors.js';
import { pauseBefore } from './backoff.js';
import type { ConsumerStatus } from './status.js';

/** How long to retry the first join if Kafka answers but its group coordinator is not ready yet; ms. */
const firstJoinMs = 10_000;

export interface MembershipOptions {
  /** Creates a client that has not joined yet. */
  readonly createConsumer: () => GroupConsumer;
  /** Creates the missing topics. */
  readonly restoreTopics: () => Promise<void>;
  /** Receives the error after which the consumer cannot rejoin. */
  readonly onFailure: (error: unknown) => void;
  readonly status: ConsumerStatus;
  /** Aborted when the consumer stops or has failed. */
  readonly signal: AbortSignal;
}

/** Keeps a consumer in its group: rejoins with a new client after kafkajs has given up. */
export class Membership {
  readonly #options: MembershipOptions;
  #consumer: GroupConsumer | undefined;
  #staying: Promise<void> | undefined;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** The current assignment; undefined before the first. */
  get assignment(): Assignment | undefined {
    return this.#consumer?.assignment;
  }

  /**
   * Joins the group, and rejoins whenever that is needed. Resolves after the first assignment, even if
   * it is empty.
   * @throws StoreUnavailable if Kafka does not answer, or if the consumer is stopped meanwhile
   */
  async start(): Promise<void> {
    const first = await this.#firstJoin();
    if (this.#isStopping()) return;
    this.#staying = this.#stay(first);
  }

  /** Ends the current batch and leaves the group; the signal must be aborted before the call. */
  async stop(): Promise<void> {
    await this.#consumer?.stop();
    await this.#staying;
  }

  /** A broker that has just started rejects group requests until the coordinator has loaded. */
  async #firstJoin(): Promise<GroupConsumer> {
    const deadline = performance.now() + firstJoinMs;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#join();
      } catch (error) {
        const retries = error instanceof StoreUnavailable && performance.now() < deadline;
        if (retries) await pauseBefore(attempt, this.#options.signal);
        if (!retries || this.#isStopping()) throw error;
      }
    }
  }

  async #join(): Promise<GroupConsumer> {
    const { createConsumer, status } = this.#options;
    const consumer = createConsumer();
    this.#consumer = consumer;
    try {
      await consumer.start();
    } catch (error) {
      await consumer.stop();
      throw error;
    }
    status.stopWaiting(this);
    status.setWorking(true);
    return consumer;
  }

  async #stay(first: GroupConsumer): Promise<void> {
    const { onFailure, restoreTopics, signal, status } = this.#options;
    let joined: GroupConsumer | undefined = first;
    for (let attempt = 0; !this.#isStopping(); attempt += 1) {
      try {
        joined ??= await this.#join();
        attempt = 0;
        await joined.failed;
      } catch (error) {
        if (this.#isStopping()) return;
        status.setWorking(false);
        if (!(error instanceof StoreUnavailable)) {
          onFailure(error);
          return;
        }
        status.startWaiting(this, error);
        if (isMissingTopic(error)) await restoreTopics();
        await joined?.stop();
        joined = undefined;
      }
      await pauseBefore(attempt, signal);
    }
  }

  #isStopping(): boolean {
    return this.#options.signal.aborted;
  }
}
