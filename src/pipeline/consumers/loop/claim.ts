import type { ConsumedRecord } from '../../../stores/kafka/consumer.js';
import type { Queryable } from '../../../stores/postgres/database.js';
import { loadSql } from '../../../stores/postgres/sql.js';
import { anchorOf } from './anchor.js';

const claimPartition = loadSql('claim_partition');
const advanceOffset = loadSql('advance_offset');
const resetOffset = loadSql('reset_offset');

/** A partition, as consumed by a group. */
export interface PartitionKey {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

/** Another consumer has claimed the partition: this one can no longer store its records. */
export class Fenced extends Error {
  constructor({ group, topic, partition }: PartitionKey) {
    super(`another consumer of ${group} owns ${topic}/${partition}`);
    this.name = 'Fenced';
  }
}

interface ClaimRow {
  readonly next_offset: number;
  readonly anchor: Buffer | null;
  readonly epoch: number;
  readonly log_epoch: number;
}

/** A consumer's ownership of a partition, until another consumer claims it. */
export class Claim {
  readonly key: PartitionKey;
  /** The assignment in which the claim was made; a later assignment needs a new claim. */
  readonly generation: number;
  #epoch: number;
  #logEpoch: number;
  #next: number;
  #anchor: Buffer | null;

  private constructor(key: PartitionKey, generation: number, row: ClaimRow) {
    this.key = key;
    this.generation = generation;
    this.#epoch = row.epoch;
    this.#logEpoch = row.log_epoch;
    this.#next = row.next_offset;
    this.#anchor = row.anchor;
  }

  /** Claims the partition, which fences its previous owner. */
  static async make(database: Queryable, key: PartitionKey, generation: number): Promise<Claim> {
    const values = [key.group, key.topic, key.partition];
    const [row] = await database.query<ClaimRow>(claimPartition, values);
    if (row === undefined) throw new Error('claim_partition.sql returned no row');
    return new Claim(key, generation, row);
  }

  /** Increases with each claim and each reset: a consumer with a lower epoch is fenced. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The epoch in which the group began to read this log. */
  get logEpoch(): number {
    return this.#logEpoch;
  }

  /** The first offset whose effects are not stored. */
  get next(): number {
    return this.#next;
  }

  /** The hash of the record at `next - 1`; null if no record was read, or if that one has expired. */
  get anchor(): Buffer | null {
    return this.#anchor;
  }

  /**
   * Begins a batch's transaction: checks the claim, and stores the offset after `last`.
   * @returns a function to call after the transaction has committed
   * @throws Fenced if another consumer owns the partition, or if an earlier COMMIT succeeded although
   *   it was reported as failed
   */
  async advance(tx: Queryable, last: ConsumedRecord): Promise<() => void> {
    const { group, topic, partition } = this.key;
    const next = last.offset + 1;
    const anchor = anchorOf(last);
    const values = [group, topic, partition, this.#epoch, this.#next, next, anchor];
    const rows = await tx.query(advanceOffset, values);
    if (rows.length === 0) throw new Fenced(this.key);
    return () => {
      this.#next = next;
      this.#anchor = anchor;
    };
  }

  /** Drops the anchor, because retention has removed the record before `next`. */
  forgetAnchor(): void {
    this.#anchor = null;
  }

  /** Restarts at an offset, because the log is not the one that was read. @throws Fenced */
  async reset(database: Queryable, offset: number): Promise<void> {
    const { group, topic, partition } = this.key;
    const values = [group, topic, partition, this.#epoch, offset];
    const [row] = await database.query<{ epoch: number }>(resetOffset, values);
    if (row === undefined) throw new Fenced(this.key);
    this.#epoch = row.epoch;
    this.#logEpoch = row.epoch;
    this.#next = offset;
    this.#anchor = null;
  }
}
