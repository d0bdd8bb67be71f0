import type { ConsumedRecord } from '../../stores/kafka/consumer.js';
import type { OutgoingRecord } from '../../stores/kafka/producer.js';
import type { Queryable } from '../../stores/postgres/database.js';
import type { ConsumerRole } from '../contract/topics.js';
import type { ProjectionSource } from '../projection/projection.js';
import type { ProjectionWrites } from '../projection/writes.js';

/** What a batch changes outside PostgreSQL, to be carried out before its COMMIT. */
export interface Effects {
  /** Derived messages and dead letters. */
  readonly derived: readonly OutgoingRecord[];
  /** Absolute values for Redis; only of a definition that has a projection. */
  readonly writes?: ProjectionWrites;
  /** How many of the records were duplicates, were skipped, or became dead letters. */
  readonly counts: Readonly<Record<'duplicate' | 'skipped' | 'dead_lettered', number>>;
  /** Called once the transaction is committed. */
  readonly committed?: () => void;
}

/** One consumer: what it makes of a batch. The loop does the rest. */
export interface ConsumerDefinition {
  readonly role: ConsumerRole;
  /**
   * Applies records of one partition, in order, in the batch's transaction.
   * @throws DataRefused where PostgreSQL refuses some record's data: the loop finds the guilty one
   */
  apply(tx: Queryable, partition: number, records: readonly ConsumedRecord[]): Promise<Effects>;
  /**
   * What is stored instead of a record that PostgreSQL refuses; undefined where the consumer has no
   * such way and must stop.
   */
  readonly refuse?: (
    partition: number,
    record: ConsumedRecord,
    error: { readonly code: string; readonly message: string },
  ) => OutgoingRecord;
  /**
   * Where the last derived message of a key counts: what it has to be now, for keys (players) whose
   * last one may be out of date. Whatever changes them waits for the transaction.
   */
  readonly latest?: (tx: Queryable, keys: readonly string[]) => Promise<readonly OutgoingRecord[]>;
  /** Where it keeps a picture in Redis: how to draw it anew. */
  readonly projection?: ProjectionSource;
}
