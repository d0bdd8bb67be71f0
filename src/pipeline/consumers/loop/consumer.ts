import type { KafkaEndpoint } from '../../../config/endpoints.js';
import { StoreUnavailable } from '../../../stores/errors.js';
import {
  GroupConsumer,
  type Assignment,
  type FetchedBatch,
} from '../../../stores/kafka/consumer.js';
import { isMissingTopic, isRebalance } from '../../../stores/kafka/errors.js';
import { deferred } from '../../../util/deferred.js';
import { describeError } from '../../../util/describeError.js';
import { groupName, sourceTopic, topicName, topics } from '../../contract/topics.js';
import { Projection } from '../../projection/projection.js';
import type { PipelineContext } from '../../runtime/context.js';
import { createTopics } from '../../runtime/prepare.js';
import type { ConsumerDefinition } from '../definition.js';
import { pauseBefore } from './backoff.js';
import { BatchApplier } from './batch.js';
import { Fenced } from './claim.js';
import { PartitionGate } from './partition.js';

const heartbeatMs = 1_000;

/** How often it looks whether a store changed that brings no batch. */
const lookMs = 3_000;

/** How long the first join is tried anew where Kafka answers, but not yet for groups. */
const firstJoinMs = 10_000;

/**
 * Runs one consumer: fetches, retries what passes by itself (for ever, with backoff and
 * heartbeats), and stops uncommitted on anything else.
 */
export class ConsumerLoop {
  readonly #context: PipelineContext;
  readonly #definition: ConsumerDefinition;
  readonly #kafka: KafkaEndpoint;
  readonly #applier: BatchApplier;
  readonly #gates = new Map<number, PartitionGate>();
  readonly #failed = deferred<never>();
  /** Aborted where it stops, or has failed. */
  readonly #stopping = new AbortController();
  /** Who waits for a store now: batches, and the join. */
  readonly #waits = new Map<FetchedBatch | 'join', StoreUnavailable>();
  readonly #key: { readonly group: string; readonly topic: string };
  #consumer: GroupConsumer | undefined;
  #joined: Promise<void> | undefined;
  #looking: Promise<void> | undefined;
  #lookTimer: NodeJS.Timeout | undefined;

  constructor(context: PipelineContext, definition: ConsumerDefinition, kafka: KafkaEndpoint) {
    const { role, projection } = definition;
    const { namespace } = context;
    this.#context = context;
    this.#definition = definition;
    this.#key = {
      group: groupName(namespace, role),
      topic: topicName(namespace, sourceTopic(role)),
    };
    this.#applier = new BatchApplier(
      context,
      definition,
      projection && new Projection(context.database, context.redis, this.#key.group, projection),
    );
    this.#kafka = kafka;
  }

  /** Rejects when the consumer can go on no more; it never resolves. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** The store that it waits for now, if it does. */
  get waitingFor(): StoreUnavailable | undefined {
    const [first] = this.#waits.values();
    return first;
  }

  /**
   * Joins the group; resolves once partitions are assigned (perhaps none). From then on it joins
   * again by itself, with a new client, when Kafka was away for longer than kafkajs tries.
   * @throws StoreUnavailable where Kafka does not answer now, or where it is stopped meanwhile
   */
  async start(): Promise<void> {
    const first = await this.#firstJoin();
    if (this.#isStopping()) return;
    this.#joined = this.#keepJoined(first);
    this.#lookTimer = setInterval(() => {
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    }, lookMs);
  }

  /** Ends the batch under way and leaves the group. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#lookTimer);
    this.#working(false);
    await this.#consumer?.stop();
    await this.#joined;
    await this.#looking;
  }

  /** A broker that has just started refuses groups until their coordinator has loaded. */
  async #firstJoin(): Promise<GroupConsumer> {
    const deadline = performance.now() + firstJoinMs;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#join();
      } catch (error) {
        const passes = error instanceof StoreUnavailable && performance.now() < deadline;
        if (passes) await pauseBefore(attempt, this.#stopping.signal);
        if (!passes || this.#isStopping()) throw error;
      }
    }
  }

  async #join(): Promise<GroupConsumer> {
    const { role } = this.#definition;
    const { log } = this.#context;
    const consumer = new GroupConsumer(this.#kafka, {
      clientId: `gamemetrics-${role}`,
      groupId: this.#key.group,
      topic: this.#key.topic,
      concurrency: topics[sourceTopic(role)].partitions,
      onBatch: async (batch) => this.#handle(batch),
      log: (level, message) => log[level]({ role }, message),
    });
    this.#consumer = consumer;
    this.#gates.clear();
    try {
      await consumer.start();
    } catch (error) {
      await consumer.stop();
      throw error;
    }
    this.#waits.delete('join');
    this.#working(true);
    return consumer;
  }

  async #keepJoined(first: GroupConsumer): Promise<void> {
    let joined: GroupConsumer | undefined = first;
    for (let attempt = 0; !this.#isStopping(); attempt += 1) {
      try {
        joined ??= await this.#join();
        attempt = 0;
        await joined.failed;
      } catch (error) {
        if (this.#isStopping()) return;
        this.#working(false);
        if (!(error instanceof StoreUnavailable)) {
          this.#fail(error);
          return;
        }
        this.#wait('join', error);
        if (isMissingTopic(error)) await this.#remakeTopics();
        await joined?.stop();
        joined = undefined;
      }
      await pauseBefore(attempt, this.#stopping.signal);
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #working(working: boolean): void {
    this.#context.metrics.working.set({ role: this.#definition.role }, working ? 1 : 0);
  }

  async #handle(batch: FetchedBatch): Promise<void> {
    let rebalance: unknown;
    const beat = setInterval(() => {
      batch.heartbeat().catch((error: unknown) => {
        if (isRebalance(error)) rebalance ??= error;
      });
    }, heartbeatMs);
    const ended = (): boolean => rebalance !== undefined || batch.ended();
    const held = { ...batch, ended };
    try {
      await this.#untilDone(held);
    } finally {
      clearInterval(beat);
      this.#waits.delete(held);
    }
    // kafkajs has to see it, to join again.
    if (rebalance !== undefined) throw rebalance as Error;
  }

  async #untilDone(batch: FetchedBatch): Promise<void> {
    const gate = this.#gate(batch.partition);
    for (let attempt = 0; !this.#isStopping() && !batch.ended(); attempt += 1) {
      try {
        await gate.handle(batch);
        return;
      } catch (error) {
        if (error instanceof Fenced) {
          this.#context.log.info(error.message);
        } else if (error instanceof StoreUnavailable) {
          this.#wait(batch, error);
        } else {
          this.#fail(error);
          return;
        }
      }
      await pauseBefore(attempt, this.#stopping.signal);
    }
  }

  /**
   * What no batch tells: a topic that was made anew and is still shorter than what was read of the old
   * one, and a Redis that was emptied.
   */
  async #look(): Promise<void> {
    const assignment = this.#consumer?.assignment;
    if (assignment === undefined || this.#isStopping()) return;
    try {
      await this.#lookAtLogs(assignment);
      await this.#applier.republish();
      if (!assignment.ended()) await this.#applier.heal();
    } catch (error) {
      // What has to do with the batches is said when one comes.
      if (isMissingTopic(error)) await this.#remakeTopics();
      else if (!(error instanceof StoreUnavailable || error instanceof Fenced)) this.#fail(error);
    }
  }

  /** Somebody deleted a topic, or wiped the broker: without its topics the pipeline stands still. */
  async #remakeTopics(): Promise<void> {
    const { log, namespace } = this.#context;
    try {
      await createTopics({ kafka: this.#kafka, namespace });
      log.warn(`${this.#key.topic} was missing: made the topics that are`);
    } catch (error) {
      log.warn(`${this.#key.topic} is missing: ${describeError(error)}`);
    }
  }

  async #lookAtLogs(assignment: Assignment): Promise<void> {
    const stored = new Map<number, number | undefined>();
    for (const partition of assignment.partitions) {
      stored.set(partition, await this.#gate(partition).stored(assignment));
    }
    // Read after the stored offsets, which this log can only have passed since.
    for (const { partition, end } of await this.#context.admin.logRanges(this.#key.topic)) {
      const next = stored.get(partition);
      if (next === undefined || end >= next || assignment.ended()) continue;
      await this.#gate(partition).startOver(assignment, next);
    }
  }

  #gate(partition: number): PartitionGate {
    const known = this.#gates.get(partition);
    if (known !== undefined) return known;
    const gate = new PartitionGate(this.#context, { ...this.#key, partition }, this.#applier);
    this.#gates.set(partition, gate);
    return gate;
  }

  #wait(who: FetchedBatch | 'join', error: StoreUnavailable): void {
    const { role } = this.#definition;
    this.#context.metrics.retries.inc({ role, store: error.store });
    // Said once an outage, not once an attempt.
    if (![...this.#waits.values()].some(({ store }) => store === error.store)) {
      this.#context.log.warn({ role }, `${error.message}; trying again until it answers`);
    }
    this.#waits.set(who, error);
  }

  #fail(error: unknown): void {
    this.#stopping.abort();
    const { role } = this.#definition;
    this.#context.log.error({ role, err: error }, `the consumer stops: ${describeError(error)}`);
    this.#working(false);
    this.#failed.reject(error);
    // It would fetch the same batch again and again.
    void this.#consumer?.stop();
  }
}
