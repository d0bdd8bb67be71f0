import type { ConsumedRecord } from '../../../stores/kafka/consumer.js';
import type { Queryable } from '../../../stores/postgres/database.js';
import { loadSql } from '../../../stores/postgres/sql.js';
import { anchorOf } from './anchor.js';

const claimPartition = loadSql('claim_partition');
const advanceOffset = loadSql('advance_offset');
const resetOffset = loadSql('reset_offset');

/** Which partition of which group. */
export interface PartitionKey {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

/** Another owner has claimed the partition: what this one does has no effect any more. */
export class Fenced extends Error {
  constructor({ group, topic, partition }: PartitionKey) {
    super(`${group} has another owner of ${topic}/${partition}`);
    this.name = 'Fenced';
  }
}

interface ClaimRow {
  readonly next_offset: number;
  readonly anchor: Buffer | null;
  readonly epoch: number;
  readonly log_epoch: number;
}

/** An owner's hold of a partition, from its claim until another claims it. */
export class Claim {
  readonly key: PartitionKey;
  /** The assignment in which it was made; a later one needs a new claim. */
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

  /** Claims the partition: whoever held it is fenced from now on. */
  static async make(database: Queryable, key: PartitionKey, generation: number): Promise<Claim> {
    const values = [key.group, key.topic, key.partition];
    const [row] = await database.query<ClaimRow>(claimPartition, values);
    if (row === undefined) throw new Error('claim_partition.sql returned no row');
    return new Claim(key, generation, row);
  }

  /** Grows with each claim and each start over: who has an older one is fenced. */
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

  /** The hash of the record at `next - 1`, null where none was read. */
  get anchor(): Buffer | null {
    return this.#anchor;
  }

  /**
   * The claim check that begins a batch's transaction: stores the offset after `last`.
   * @returns what to call once the transaction is committed
   * @throws Fenced where another owns the partition, or a COMMIT of ours that seemed lost was not
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

  /** The record before `next` has expired: there is nothing left to compare. */
  forgetAnchor(): void {
    this.#anchor = null;
  }

  /** Starts over at an offset, because the log is not the one that was read. @throws Fenced */
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
