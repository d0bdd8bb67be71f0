import type { Assignment, FetchedBatch } from '../../../stores/kafka/consumer.js';
import type { PipelineContext } from '../../runtime/context.js';
import { anchorOf } from './anchor.js';
import type { BatchApplier } from './batch.js';
import { Claim, Fenced, type PartitionKey } from './claim.js';

/** Records in a transaction at most: the best trade of round trips against lock times (measured). */
const transactionRecords = 2_000;

/**
 * One partition, as its consumer sees it: claims it, makes sure that it is still the same log, and
 * applies each record once, from the stored offset on, whatever Kafka hands over.
 *
 * A topic can be deleted and made anew between any two fetches, and its new log may have grown beyond
 * the stored offset before the next one: nothing in a fetch tells. So every batch must come with the
 * record before the stored offset, whose hash is stored with it.
 */
export class PartitionGate {
  readonly #context: PipelineContext;
  readonly #key: PartitionKey;
  readonly #applier: BatchApplier;
  #claim: Claim | undefined;
  /** Where the last seek went: a batch that begins later then shows a hole in the log. */
  #sought: number | undefined;
  /** The offset before which a fetch of the anchor alone has shown the log to be the same. */
  #compared: number | undefined;
  /** The work under way: batches and looks of one partition do not overlap. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(context: PipelineContext, key: PartitionKey, applier: BatchApplier) {
    this.#context = context;
    this.#key = key;
    this.#applier = applier;
  }

  /** Handles what was fetched; after an error the same batch may be given again. */
  async handle(batch: FetchedBatch): Promise<void> {
    await this.#inTurn(async () => this.#handle(batch));
  }

  /**
   * Claims the partition where no batch has done so yet, and reads on from the stored offset: Kafka
   * may have been told of a later one by a PostgreSQL that is gone, and nothing may be there to fetch.
   * @returns the stored offset; undefined if the assignment has ended
   */
  async stored(assignment: Assignment): Promise<number | undefined> {
    return this.#inTurn(async () => {
      if (assignment.ended()) return undefined;
      const isClaimed = this.#claim?.generation === assignment.generation;
      const { next, anchor } = await this.#claimed(assignment.generation);
      // Not noted as sought: a batch that was fetched before may still come.
      if (!isClaimed) assignment.seek(this.#key.partition, anchor === null ? next : next - 1);
      return next;
    });
  }

  /** Starts over because the log ended before the stored offset, unless that has moved since. */
  async startOver(assignment: Assignment, stored: number): Promise<void> {
    await this.#inTurn(async () => {
      const claim = this.#claim;
      if (claim?.generation !== assignment.generation || claim.next !== stored) return;
      const { partition } = this.#key;
      await this.#startOver(claim, (offset) => assignment.seek(partition, offset));
    });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch((error: unknown) => {
      // The partition is no longer ours: the next batch needs a new claim.
      if (error instanceof Fenced) this.#claim = undefined;
    });
    return turn;
  }

  async #claimed(generation: number): Promise<Claim> {
    if (this.#claim?.generation === generation) return this.#claim;
    const claim = await Claim.make(this.#context.database, this.#key, generation);
    this.#sought = undefined;
    this.#compared = undefined;
    this.#claim = claim;
    return claim;
  }

  async #handle(batch: FetchedBatch): Promise<void> {
    if (batch.ended()) return;
    const claim = await this.#claimed(batch.generation);
    if (claim.anchor !== null && !(await this.#isSameLog(claim, batch))) return;

    const records = batch.records.filter(({ offset }) => offset >= claim.next);
    const [first] = records;
    if (first === undefined) {
      // All of it is done with already; if more is there, its fetch need not bring the anchor again.
      if (batch.logEnd > claim.next) this.#compared = claim.next;
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
    // What is there already is fetched together with the anchor. What is not is waited for: a fetch
    // of the anchor would be answered at once, again and again.
    if (batch.logEnd > claim.next) batch.resolve(claim.next - 1);
  }

  /**
   * Is the record before the stored offset the one that was read there? If not, it is another log (or
   * a shorter one): start over, since the ledger drops what was counted.
   * @returns whether the batch may be applied now; else another fetch comes first
   */
  async #isSameLog(claim: Claim, batch: FetchedBatch): Promise<boolean> {
    const at = claim.next - 1;
    const seek = (offset: number): void => batch.seek(offset);
    const anchor = batch.records.find(({ offset }) => offset === at);
    const compared = this.#compared === claim.next && batch.records[0]?.offset === claim.next;
    this.#compared = undefined;
    if (anchor !== undefined) {
      this.#sought = undefined;
      if (claim.anchor?.equals(anchorOf(anchor)) === true) return true;
      await this.#startOver(claim, seek);
      return false;
    }
    if (compared) return true;
    if (this.#sought !== at) {
      this.#seek(seek, at);
      return false;
    }
    if ((await this.#range()).start > at) {
      // It has expired: nothing to compare with.
      claim.forgetAnchor();
      return true;
    }
    await this.#startOver(claim, seek);
    return false;
  }

  /**
   * The batch begins after the stored offset.
   * @returns true where there is nothing between (control records) or no more (expired); false where
   *   the fetch was from elsewhere, and the right one comes next
   */
  async #isHole(claim: Claim, batch: FetchedBatch): Promise<boolean> {
    if (this.#sought === claim.next) return true;
    if (batch.records.some(({ offset }) => offset === claim.next - 1)) return true;
    const range = await this.#range();
    if (range.start > claim.next) {
      // What is left of the log must be read from its start, wherever this batch was fetched.
      const first = batch.records[0]?.offset ?? Infinity;
      if (first > range.start && this.#sought !== range.start) {
        this.#seek((offset) => batch.seek(offset), range.start);
        return false;
      }
      this.#context.log.error(
        { ...this.#key, from: claim.next, to: range.start },
        'records expired before they were read: raise the retention, or keep the consumer running',
      );
      return true;
    }
    this.#seek((offset) => batch.seek(offset), claim.next);
    return false;
  }

  async #startOver(claim: Claim, seek: (offset: number) => void): Promise<void> {
    const { start } = await this.#range();
    this.#context.log.warn(
      { ...this.#key, stored: claim.next, start },
      'this is not the log that was read before: starting over from its start',
    );
    await claim.reset(this.#context.database, start);
    this.#seek(seek, start);
    await this.#applier.redraw();
  }

  #seek(seek: (offset: number) => void, offset: number): void {
    this.#sought = offset;
    seek(offset);
  }

  async #range(): Promise<{ start: number; end: number }> {
    const ranges = await this.#context.admin.logRanges(this.#key.topic);
    const range = ranges.find(({ partition }) => partition === this.#key.partition);
    if (range === undefined) throw new Error(`no partition ${this.#key.partition}`);
    return range;
  }
}
