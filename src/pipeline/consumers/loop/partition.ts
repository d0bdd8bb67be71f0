import type { FetchedBatch } from '../../../stores/kafka/consumer.js';
import type { PipelineContext } from '../../context.js';
import { anchorOf } from './anchor.js';
import type { BatchApplier } from './batch.js';
import { Claim, type PartitionKey } from './claim.js';

/** Records in a transaction at most: the best trade of round trips against lock times (measured). */
const transactionRecords = 2_000;

/**
 * One partition, as its consumer sees it: claims it, makes sure that it is still the same log, and
 * applies each record once, from the stored offset on, whatever Kafka hands over.
 */
export class PartitionGate {
  readonly #context: PipelineContext;
  readonly #key: PartitionKey;
  readonly #applier: BatchApplier;
  #claim: Claim | undefined;
  #sameLog = false;
  /** Where the last seek went: a batch that begins later then shows a hole in the log. */
  #sought: number | undefined;

  constructor(context: PipelineContext, key: PartitionKey, applier: BatchApplier) {
    this.#context = context;
    this.#key = key;
    this.#applier = applier;
  }

  /** The partition is not, or no longer, ours: the next batch needs a new claim. */
  drop(): void {
    this.#claim = undefined;
  }

  /** Handles what was fetched; after an error the same batch may be given again. */
  async handle(batch: FetchedBatch): Promise<void> {
    if (batch.ended()) return;
    if (this.#claim?.generation !== batch.generation) {
      this.#claim = await Claim.make(this.#context.database, this.#key, batch.generation);
      this.#sameLog = this.#claim.anchor === null;
      this.#sought = undefined;
    }
    const claim = this.#claim;
    // What is below the stored offset was handed over before: in this log, or in another.
    const below = (batch.records[0]?.offset ?? claim.next) < claim.next;
    if ((below || !this.#sameLog) && !(await this.#checkLog(claim, batch))) return;

    const records = batch.records.filter(({ offset }) => offset >= claim.next);
    const [first] = records;
    if (first === undefined) {
      // All of it is done with already.
      batch.resolve(claim.next);
      return;
    }
    if (first.offset > claim.next && !(await this.#isHole(claim, batch))) return;
    for (let start = 0; start < records.length; start += transactionRecords) {
      if (batch.ended()) return;
      await this.#applier.apply(claim, records.slice(start, start + transactionRecords));
      batch.resolve(claim.next);
      batch.commit(claim.next);
    }
  }

  /**
   * After a claim: is the record before the stored offset the one that was read there? If not, it is
   * another log (or a shorter one): start over, since the ledger drops what was counted.
   * @returns whether the batch may be applied now; else another fetch comes first
   */
  async #checkLog(claim: Claim, batch: FetchedBatch): Promise<boolean> {
    const at = claim.next - 1;
    const anchor = batch.records.find(({ offset }) => offset === at);
    if (anchor !== undefined) {
      if (claim.anchor?.equals(anchorOf(anchor)) === true) {
        this.#sameLog = true;
        return true;
      }
      return this.#startOver(claim, batch);
    }
    const range = await this.#range();
    if (range.end < claim.next) return this.#startOver(claim, batch);
    if (range.start > at) {
      // It has expired: nothing to compare with.
      this.#sameLog = true;
      return true;
    }
    if (this.#sought === at) return this.#startOver(claim, batch);
    this.#seek(batch, at);
    return false;
  }

  /**
   * The batch begins after the stored offset.
   * @returns true where there is nothing between (control records) or no more (expired); false where
   *   the fetch was from elsewhere, and the right one comes next
   */
  async #isHole(claim: Claim, batch: FetchedBatch): Promise<boolean> {
    if (this.#sought === claim.next) return true;
    const range = await this.#range();
    if (range.start > claim.next) {
      this.#context.log.error(
        { ...this.#key, from: claim.next, to: range.start },
        'records expired before they were read: raise the retention, or keep the consumer running',
      );
      return true;
    }
    this.#seek(batch, claim.next);
    return false;
  }

  async #startOver(claim: Claim, batch: FetchedBatch): Promise<false> {
    const { start } = await this.#range();
    this.#context.log.warn(
      { ...this.#key, stored: claim.next, start },
      'this is not the log that was read before: starting over from its start',
    );
    await claim.reset(this.#context.database, start);
    this.#sameLog = true;
    this.#seek(batch, start);
    return false;
  }

  #seek(batch: FetchedBatch, offset: number): void {
    this.#sought = offset;
    batch.seek(offset);
  }

  async #range(): Promise<{ start: number; end: number }> {
    const ranges = await this.#context.admin.logRanges(this.#key.topic);
    const range = ranges.find(({ partition }) => partition === this.#key.partition);
    if (range === undefined) throw new Error(`no partition ${this.#key.partition}`);
    return range;
  }
}
