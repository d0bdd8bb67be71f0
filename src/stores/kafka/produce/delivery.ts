import { deferred } from '../../../util/deferred.js';
import { sizeOf, type OutgoingRecord, type RecordPlace } from './records.js';

/** The records of one call of `send`, for any number of partitions. */
export class Delivery {
  readonly records: readonly OutgoingRecord[];
  /** An estimate of each record's size on the wire, in bytes. */
  readonly sizes: readonly number[];
  /** When the delivery was queued; `performance.now()`. */
  readonly queuedAt: number;
  readonly #places: RecordPlace[];
  readonly #acknowledged = deferred<RecordPlace[]>();
  readonly #onSettled: () => void;
  #unsettled: number;

  /** @param onSettled called once every record has been acknowledged or given up */
  constructor(records: readonly OutgoingRecord[], queuedAt: number, onSettled: () => void) {
    this.records = records;
    this.sizes = records.map(sizeOf);
    this.queuedAt = queuedAt;
    this.#places = new Array<RecordPlace>(records.length);
    this.#unsettled = records.length;
    this.#onSettled = onSettled;
  }

  /** Resolves once every record is acknowledged; rejects as soon as one of them is given up. */
  get acknowledged(): Promise<RecordPlace[]> {
    return this.#acknowledged.promise;
  }

  /** Records that one of the records was written. */
  acknowledge(index: number, place: RecordPlace): void {
    this.#places[index] = place;
    this.#settled();
    // This has no effect if another record has failed.
    if (this.#unsettled === 0) this.#acknowledged.resolve(this.#places);
  }

  /** Records that one of the records was given up. */
  fail(error: Error): void {
    this.#acknowledged.reject(error);
    this.#settled();
  }

  /** Gives up all records; none may have been queued for a partition. */
  failAll(error: Error): void {
    this.records.forEach(() => this.fail(error));
  }

  #settled(): void {
    this.#unsettled -= 1;
    if (this.#unsettled === 0) this.#onSettled();
  }
}
