import type { KafkaEndpoint } from '../../../config/endpoints.js';
import { deferred } from '../../../config/deferred.js';
import { isRebalance } from '../../../stores/kafka/errors.js';
import { GroupConsumer, type FetchedBatch } from '../../../stores/kafka/consumer.js';
import { describe, StoreUnavailable } from '../../../stores/errors.js';
import type { PipelineContext } from '../../context.js';
import { groupName, sourceTopic, topicName, topics } from '../../contract/topics.js';
import { Projection } from '../../projection/projection.js';
import type { ConsumerDefinition } from '../definition.js';
import { pauseBefore } from './backoff.js';
import { BatchApplier } from './batch.js';
import { Fenced } from './claim.js';
import { PartitionGate } from './partition.js';

const heartbeatMs = 1_000;

/**
 * Runs one consumer: fetches, retries what passes by itself (for ever, with backoff and
 * heartbeats), and stops uncommitted on anything else.
 */
export class ConsumerLoop {
  readonly #context: PipelineContext;
  readonly #definition: ConsumerDefinition;
  readonly #consumer: GroupConsumer;
  readonly #applier: BatchApplier;
  readonly #gates = new Map<number, PartitionGate>();
  readonly #failed = deferred<never>();
  readonly #stopping = new AbortController();
  readonly #key: { readonly group: string; readonly topic: string };
  #waitingFor: StoreUnavailable | undefined;
  #failing = false;

  constructor(context: PipelineContext, definition: ConsumerDefinition, kafka: KafkaEndpoint) {
    const { role, projection } = definition;
    const { namespace, log } = context;
    const source = sourceTopic(role);
    this.#context = context;
    this.#definition = definition;
    this.#key = { group: groupName(namespace, role), topic: topicName(namespace, source) };
    this.#applier = new BatchApplier(
      context,
      definition,
      projection && new Projection(context.database, context.redis, this.#key.group, projection),
    );
    this.#consumer = new GroupConsumer(kafka, {
      clientId: `gamemetrics-${role}`,
      groupId: this.#key.group,
      topic: this.#key.topic,
      concurrency: topics[source].partitions,
      onBatch: async (batch) => this.#handle(batch),
      log: (level, message) => log[level](message),
    });
  }

  /** Rejects when the consumer can go on no more; it never resolves. */
  get failed(): Promise<never> {
    return Promise.race([this.#failed.promise, this.#consumer.failed]);
  }

  /** The store that it waits for now, if it does. */
  get waitingFor(): StoreUnavailable | undefined {
    return this.#waitingFor;
  }

  /** Resolves once partitions are assigned (perhaps none). @throws StoreUnavailable */
  async start(): Promise<void> {
    await this.#consumer.start();
    this.#context.metrics.working.set({ role: this.#definition.role }, 1);
  }

  /** Ends the batch under way and leaves the group. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#context.metrics.working.set({ role: this.#definition.role }, 0);
    await this.#consumer.stop();
  }

  async #handle(batch: FetchedBatch): Promise<void> {
    let rebalance: unknown;
    const beat = setInterval(() => {
      batch.heartbeat().catch((error: unknown) => {
        if (isRebalance(error)) rebalance ??= error;
      });
    }, heartbeatMs);
    try {
      const ended = (): boolean => rebalance !== undefined || batch.ended();
      await this.#untilDone({ ...batch, ended });
    } finally {
      clearInterval(beat);
    }
    // kafkajs has to see it, to join again.
    if (rebalance !== undefined) throw rebalance as Error;
  }

  async #untilDone(batch: FetchedBatch): Promise<void> {
    const gate = this.#gate(batch.partition);
    for (let attempt = 0; !this.#failing && !batch.ended(); attempt += 1) {
      try {
        await gate.handle(batch);
        this.#waitingFor = undefined;
        return;
      } catch (error) {
        if (error instanceof Fenced) {
          this.#context.log.info(error.message);
          gate.drop();
        } else if (error instanceof StoreUnavailable) {
          this.#wait(error);
        } else {
          this.#fail(error);
          return;
        }
      }
      await pauseBefore(attempt, this.#stopping.signal);
    }
  }

  #gate(partition: number): PartitionGate {
    const known = this.#gates.get(partition);
    if (known !== undefined) return known;
    const gate = new PartitionGate(this.#context, { ...this.#key, partition }, this.#applier);
    this.#gates.set(partition, gate);
    return gate;
  }

  #wait(error: StoreUnavailable): void {
    const { role } = this.#definition;
    this.#context.metrics.retries.inc({ role, store: error.store });
    // Said once an outage, not once an attempt.
    if (this.#waitingFor?.store !== error.store) {
      this.#context.log.warn({ role }, `${error.message}; trying again until it answers`);
    }
    this.#waitingFor = error;
  }

  #fail(error: unknown): void {
    this.#failing = true;
    const { role } = this.#definition;
    this.#context.log.error({ role, err: error }, `the consumer stops: ${describe(error)}`);
    this.#context.metrics.working.set({ role }, 0);
    this.#failed.reject(error);
  }
}
