import { describeError } from '../util/describeError.js';

/** The store that an error is about. */
export type StoreName = 'kafka' | 'postgres' | 'redis';

/**
 * A store cannot serve now: it is down, restarting, full or overloaded. The operation may be retried
 * later, and no message caused the error.
 */
export class StoreUnavailable extends Error {
  readonly store: StoreName;

  constructor(store: StoreName, cause: unknown) {
    super(`${store} is unavailable: ${describeError(cause)}`, { cause });
    this.name = 'StoreUnavailable';
    this.store = store;
  }
}

/** PostgreSQL rejects the data of a statement (SQLSTATE class 22 or 23): some message caused the error. */
export class DataRefused extends Error {
  /** The SQLSTATE. */
  readonly code: string;

  constructor(code: string, cause: Error) {
    super(cause.message, { cause });
    this.name = 'DataRefused';
    this.code = code;
  }
}

/** A record is larger than Kafka accepts by default: the message that it comes from caused the error. */
export class RecordTooLarge extends Error {
  readonly code = 'record_too_large';

  constructor(topic: string, bytes: number) {
    super(`a record of ${bytes} bytes for ${topic} is larger than Kafka takes`);
    this.name = 'RecordTooLarge';
  }
}
