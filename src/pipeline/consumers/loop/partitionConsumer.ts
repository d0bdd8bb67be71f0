import type { Assignment, FetchedBatch } from '../../../stores/kafka/consumer.js';
import type { LogRange } from '../../../stores/kafka/logRanges.js';
import type { Projection } from '../../projection/projection.js';
import type { PipelineContext } from '../../runtime/context.js';
import type { BatchApplier } from './batchApplier.js';
import { Claim, Fenced, type PartitionKey } from './claim.js';
import { decide, type Decision, type FetchRequest } from './decide.js';

/** Maximum records per transaction: the best balance of round trips and lock times (measured). */
const transactionRecords = 2_000;

/**
 * Consumes one partition: claims it, and executes the decision of `decide` for each batch. Each record
 * from the stored offset on is applied exactly once, whatever Kafka returns.
 */
export class PartitionConsumer {
  readonly #context: PipelineContext;
  readonly #key: PartitionKey;
  readonly #applier: BatchApplier;
  readonly #projection: Projection | undefined;
  #claim: Claim | undefined;
  /** The request for the next fetch, if a batch caused it. */
  #request: FetchRequest | undefined;
  /** The last task: the batches and checks of a partition run one at a time. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(
    context: PipelineContext,
    key: PartitionKey,
    applier: BatchApplier,
    projection: Projection | undefined,
  ) {
    this.#context = context;
    this.#key = key;
    this.#applier = applier;
    this.#projection = projection;
  }

  /**
   * Applies the new records of a batch, and sets the offset of the next fetch.
   * @throws StoreUnavailable, Fenced: the same batch may be consumed again; any other error is a bug
   */
  async consume(batch: FetchedBatch): Promise<void> {
    await this.#enqueue(async () => {
      if (batch.assignment.ended()) return;
      const claim = await this.#claimIn(batch.assignment);
      await this.#act(claim, batch, await this.#decide(claim, batch));
    });
  }

  /**
   * Claims the partition if no batch of this assignment has claimed it yet, and then fetches from the
   * stored offset: Kafka's committed offset may be ahead of a PostgreSQL that was restored, and no batch
   * reveals that while there is nothing to fetch.
   * @returns the stored offset; undefined if the assignment has ended
   */
  async resume(assignment: Assignment): Promise<number | undefined> {
    return this.#enqueue(async () => {
      if (assignment.ended()) return undefined;
      const isClaimed = this.#claim?.generation === assignment.generation;
      const { next, anchor } = await this.#claimIn(assignment);
      // Not recorded as a request: a fetch that began earlier may still return a batch.
      if (!isClaimed) assignment.seek(this.#key.partition, anchor === null ? next : next - 1);
      return next;
    });
  }

  /**
   * Restarts at `start`, because the log ends before the stored offset; does nothing if the stored
   * offset has changed since.
   */
  async startOver(assignment: Assignment, stored: number, start: number): Promise<void> {
    await this.#enqueue(async () => {
      const claim = this.#claim;
      if (claim?.generation !== assignment.generation || claim.next !== stored) return;
      await this.#reset(claim, assignment, start);
    });
  }

  async #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    this.#tail = result.catch((error: unknown) => {
      // Another consumer owns the partition: the next batch needs a new claim.
      if (error instanceof Fenced) this.#claim = undefined;
    });
    return result;
  }

  async #claimIn({ generation }: Assignment): Promise<Claim> {
    if (this.#claim?.generation === generation) return this.#claim;
    const claim = await Claim.make(this.#context.database, this.#key, generation);
    this.#request = undefined;
    this.#claim = claim;
    return claim;
  }

  /** Decides, and reads the data that the decision needs. */
  async #decide(claim: Claim, batch: FetchedBatch): Promise<ActionOnBatch> {
    let range: LogRange | undefined;
    for (;;) {
      const { next, anchor } = claim;
      const decision = decide({ next, anchor, request: this.#request }, batch, range);
      if (decision.kind === 'readRange') range = await this.#readRange();
      else if (decision.kind === 'forgetAnchor') claim.forgetAnchor();
      else return decision;
    }
  }

  async #act(claim: Claim, batch: FetchedBatch, action: ActionOnBatch): Promise<void> {
    const { assignment, logEnd, partition } = batch;
    const { next } = claim;
    switch (action.kind) {
      case 'startOver':
        await this.#reset(claim, assignment, action.at);
        return;
      case 'seek':
        this.#request = { from: action.offset, logEnd, afterAnchor: false };
        assignment.seek(partition, action.offset);
        return;
      case 'skip':
        this.#request = { from: next, logEnd, afterAnchor: true };
        batch.resolve(next);
        return;
      case 'apply':
        if (action.lostBefore !== undefined) this.#reportLoss(next, action.lostBefore);
        await this.#apply(claim, batch, action.records);
    }
  }

  async #apply(claim: Claim, batch: FetchedBatch, records: FetchedBatch['records']): Promise<void> {
    for (let start = 0; start < records.length; start += transactionRecords) {
      if (batch.assignment.ended()) return;
      await this.#applier.apply(claim, records.slice(start, start + transactionRecords));
      batch.resolve(claim.next);
      batch.commit(claim.next);
    }
    // Existing records are fetched together with the anchor. At the end of the log only the next record
    // is requested: a fetch of the anchor would be answered immediately, again and again.
    if (batch.logEnd > claim.next) batch.resolve(claim.next - 1);
  }

  async #reset(claim: Claim, assignment: Assignment, start: number): Promise<void> {
    this.#context.log.warn(
      { ...this.#key, stored: claim.next, start },
      'the log was replaced by another one: restarting from its start',
    );
    await claim.reset(this.#context.database, start);
    this.#request = undefined;
    assignment.seek(this.#key.partition, start);
    await this.#projection?.rebuild();
  }

  #reportLoss(from: number, to: number): void {
    this.#context.log.error(
      { ...this.#key, from, to },
      'records expired before they were read: raise the retention, or keep the consumer running',
    );
  }

  async #readRange(): Promise<LogRange> {
    const { partition, topic } = this.#key;
    const ranges = await this.#context.admin.logRanges(topic);
    const range = ranges.find((each) => each.partition === partition);
    if (range === undefined) throw new Error(`${topic} has no partition ${partition}`);
    return range;
  }
}

/** A decision that needs no further data. */
type ActionOnBatch = Exclude<Decision, { kind: 'readRange' | 'forgetAnchor' }>;
