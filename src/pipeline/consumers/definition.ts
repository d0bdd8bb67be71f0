import type { ConsumedRecord } from '../../stores/kafka/consumer.js';
import type { OutgoingRecord } from '../../stores/kafka/producer.js';
import type { Queryable } from '../../stores/postgres/database.js';
import type { ConsumerRole } from '../contract/topics.js';
import type { ProjectionSource } from '../projection/projection.js';
import type { ProjectionWrites } from '../projection/writes.js';

/** What a batch changes outside PostgreSQL; it is carried out before the batch's COMMIT. */
export interface Effects {
  /** Derived messages and dead letters. */
  readonly derived: readonly OutgoingRecord[];
  /** Absolute values for Redis; only where the definition has a projection. */
  readonly writes?: ProjectionWrites;
  /** How many of the records were duplicates, were skipped, or became dead letters. */
  readonly counts: Readonly<Record<'duplicate' | 'skipped' | 'dead_lettered', number>>;
  /** Called once the transaction is committed. */
  readonly committed?: () => void;
}

/** Makes a dead letter of a record. */
export type Refuse = (
  partition: number,
  record: ConsumedRecord,
  error: { readonly code: string; readonly message: string },
) => OutgoingRecord;

/** One consumer: how it stores a batch. The loop does the rest. */
export interface ConsumerDefinition {
  readonly role: ConsumerRole;
  /**
   * Stores records of one partition, in order, in the batch's transaction.
   * @returns what else the batch changes
   * @throws DataRefused where PostgreSQL refuses a record's data: the loop finds that record
   */
  store(tx: Queryable, partition: number, records: readonly ConsumedRecord[]): Promise<Effects>;
  /**
   * The dead letter for a record that PostgreSQL refuses; left out where the consumer must stop
   * instead.
   */
  readonly refuse?: Refuse;
  /**
   * The present values of keys (players) whose last derived message may be out of date; left out where
   * the last message of a key has no meaning of its own. It locks the keys until the transaction ends.
   */
  readonly latest?: (tx: Queryable, keys: readonly string[]) => Promise<readonly OutgoingRecord[]>;
  /** How to rebuild the consumer's projection in Redis, if it has one. */
  readonly projection?: ProjectionSource;
}
