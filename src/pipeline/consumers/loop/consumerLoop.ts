import type { KafkaEndpoint } from '../../../config/endpoints.js';
import { StoreUnavailable } from '../../../stores/errors.js';
import { GroupConsumer, type FetchedBatch } from '../../../stores/kafka/consumer.js';
import { isRebalance } from '../../../stores/kafka/errors.js';
import { deferred } from '../../../util/deferred.js';
import { describeError } from '../../../util/describeError.js';
import { groupName, sourceTopic, topicName, topics } from '../../contract/topics.js';
import { Projection } from '../../projection/projection.js';
import type { PipelineContext } from '../../runtime/context.js';
import type { ConsumerDefinition } from '../definition.js';
import { pauseBefore } from './backoff.js';
import { BatchApplier } from './batchApplier.js';
import { Fenced } from './claim.js';
import { Membership } from './membership.js';
import { PartitionConsumer } from './partitionConsumer.js';
import { Republisher } from './republisher.js';
import { restoreTopics } from './restoreTopics.js';
import { ConsumerStatus } from './status.js';
import { StoreWatch } from './storeWatch.js';

const heartbeatMs = 1_000;

/**
 * Runs one consumer: passes each batch to the consumer of its partition, retries indefinitely (with
 * backoff and heartbeats) while a store is unavailable, and stops without a commit on any other error.
 */
export class ConsumerLoop {
  readonly #context: PipelineContext;
  readonly #definition: ConsumerDefinition;
  readonly #key: { readonly group: string; readonly topic: string };
  readonly #applier: BatchApplier;
  readonly #projection: Projection | undefined;
  readonly #partitions = new Map<number, PartitionConsumer>();
  readonly #status: ConsumerStatus;
  readonly #membership: Membership;
  readonly #watch: StoreWatch;
  readonly #failed = deferred<never>();
  /** Aborted when the consumer stops or has failed. */
  readonly #stopping = new AbortController();

  constructor(context: PipelineContext, definition: ConsumerDefinition, kafka: KafkaEndpoint) {
    const { role, projection: source, latest } = definition;
    const { admin, database, log, namespace, redis } = context;
    const group = groupName(namespace, role);
    const topic = topicName(namespace, sourceTopic(role));
    const projection = source && new Projection(database, redis, group, source);
    const republisher = new Republisher(context, latest);
    this.#context = context;
    this.#definition = definition;
    this.#key = { group, topic };
    this.#projection = projection;
    this.#applier = new BatchApplier(context, definition, projection, republisher);
    this.#status = new ConsumerStatus(context, role);
    const shared = {
      restoreTopics: async (): Promise<void> => restoreTopics(context, kafka, topic),
      onFailure: (error: unknown): void => this.#fail(error),
      signal: this.#stopping.signal,
    };
    this.#membership = new Membership({
      ...shared,
      createConsumer: () => this.#createConsumer(kafka),
      status: this.#status,
    });
    this.#watch = new StoreWatch({
      ...shared,
      ...{ admin, log, projection, republisher, topic },
      assignment: () => this.#membership.assignment,
      partitionConsumer: (partition) => this.#partitionConsumer(partition),
    });
  }

  /** Rejects when the consumer has failed; it never resolves. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** The store that the consumer is waiting for, if any. */
  get waitingFor(): StoreUnavailable | undefined {
    return this.#status.waitingFor;
  }

  /**
   * Joins the group, and rejoins whenever that is needed. Resolves after the first assignment, even if
   * it is empty.
   * @throws StoreUnavailable if Kafka does not answer, or if the consumer is stopped meanwhile
   */
  async start(): Promise<void> {
    await this.#membership.start();
    if (!this.#stopping.signal.aborted) this.#watch.start();
  }

  /** Ends the current batch and leaves the group. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#status.setWorking(false);
    try {
      await this.#membership.stop();
    } finally {
      await this.#watch.stop();
    }
  }

  #createConsumer(kafka: KafkaEndpoint): GroupConsumer {
    const { role } = this.#definition;
    const { log } = this.#context;
    // A new client numbers its assignments from the start, so claims of the old client are void.
    this.#partitions.clear();
    return new GroupConsumer(kafka, {
      clientId: `gamemetrics-${role}`,
      groupId: this.#key.group,
      topic: this.#key.topic,
      concurrency: topics[sourceTopic(role)].partitions,
      onBatch: async (batch) => this.#keepAlive(batch),
      log: (level, message) => log[level]({ role }, message),
    });
  }

  /** Sends heartbeats while a batch is consumed, and ends it when the group rebalances. */
  async #keepAlive(batch: FetchedBatch): Promise<void> {
    let rebalance: unknown;
    const timer = setInterval(() => {
      batch.heartbeat().catch((error: unknown) => {
        if (isRebalance(error)) rebalance ??= error;
      });
    }, heartbeatMs);
    const ended = (): boolean => rebalance !== undefined || batch.assignment.ended();
    const current = { ...batch, assignment: { ...batch.assignment, ended } };
    try {
      await this.#retry(current);
    } finally {
      clearInterval(timer);
      this.#status.stopWaiting(current);
    }
    // kafkajs rejoins when it receives the error.
    if (rebalance !== undefined) throw rebalance as Error;
  }

  async #retry(batch: FetchedBatch): Promise<void> {
    const partition = this.#partitionConsumer(batch.partition);
    const { signal } = this.#stopping;
    for (let attempt = 0; !signal.aborted && !batch.assignment.ended(); attempt += 1) {
      try {
        await partition.consume(batch);
        return;
      } catch (error) {
        if (error instanceof Fenced) {
          this.#context.log.info(error.message);
        } else if (error instanceof StoreUnavailable) {
          this.#status.startWaiting(batch, error);
        } else {
          this.#fail(error);
          return;
        }
      }
      await pauseBefore(attempt, signal);
    }
  }

  #partitionConsumer(partition: number): PartitionConsumer {
    const known = this.#partitions.get(partition);
    if (known !== undefined) return known;
    const key = { ...this.#key, partition };
    const created = new PartitionConsumer(this.#context, key, this.#applier, this.#projection);
    this.#partitions.set(partition, created);
    return created;
  }

  #fail(error: unknown): void {
    this.#stopping.abort();
    const { role } = this.#definition;
    this.#context.log.error({ role, err: error }, `the consumer failed: ${describeError(error)}`);
    this.#status.setWorking(false);
    this.#failed.reject(error);
    // Otherwise kafkajs would fetch the same batch repeatedly.
    void this.#membership.stop();
  }
}
