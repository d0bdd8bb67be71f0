import type { ConsumedRecord } from '../../stores/kafka/consumer.js';
import type { OutgoingRecord } from '../../stores/kafka/producer.js';
import type { Queryable } from '../../stores/postgres/database.js';
import type { ConsumerRole } from '../contract/topics.js';
import type { ProjectionSource } from '../projection/projection.js';
import type { ProjectionWrites } from '../projection/writes.js';

/** The changes of a batch outside PostgreSQL, which are made before the batch's COMMIT. */
export interface Effects {
  /** Derived messages and dead letters. */
  readonly derived: readonly OutgoingRecord[];
  /** Absolute values for Redis; only if the definition has a projection. */
  readonly writes?: ProjectionWrites;
  /** The number of records that were duplicates, were skipped, or became dead letters. */
  readonly counts: Readonly<Record<'duplicate' | 'skipped' | 'dead_lettered', number>>;
  /** Called after the transaction has committed. */
  readonly committed?: () => void;
}

/** Makes a dead letter from a record. */
export type Refuse = (
  partition: number,
  record: ConsumedRecord,
  error: { readonly code: string; readonly message: string },
) => OutgoingRecord;

/** Defines how one consumer stores a batch. The consumer loop does the rest. */
export interface ConsumerDefinition {
  readonly role: ConsumerRole;
  /**
   * Stores records of one partition, in order, in the batch's transaction.
   * @returns the batch's changes outside PostgreSQL
   * @throws DataRefused if PostgreSQL rejects a record's data: the loop finds that record
   */
  store(tx: Queryable, partition: number, records: readonly ConsumedRecord[]): Promise<Effects>;
  /**
   * Makes the dead letter for a record that PostgreSQL rejects; left out if the consumer must stop
   * instead.
   */
  readonly refuse?: Refuse;
  /**
   * Reads the current values of keys (players) whose last derived message may be out of date, and
   * locks the keys until the transaction ends. Left out if a key's last message has no special meaning.
   */
  readonly latest?: (tx: Queryable, keys: readonly string[]) => Promise<readonly OutgoingRecord[]>;
  /** How to rebuild the consumer's projection in Redis, if it has one. */
  readonly projection?: ProjectionSource;
}
