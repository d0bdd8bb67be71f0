import type { OutgoingRecord } from '../../../stores/kafka/producer.js';
import type { PipelineContext } from '../../runtime/context.js';
import type { ConsumerDefinition } from '../definition.js';

/** Maximum keys to republish per transaction. */
const transactionKeys = 1_000;

/**
 * Republishes derived messages whose transaction may not have committed. If this process stalls
 * between its message and its COMMIT, its successor repeats the batch and continues. The message of
 * this process may then follow the successor's, but the last message of a key must be correct.
 */
export class Republisher {
  readonly #context: PipelineContext;
  readonly #latest: ConsumerDefinition['latest'];
  /** Keys of messages that were sent, or may have been sent, and not yet committed. */
  readonly #uncommitted = new Set<string>();

  /** @param latest reads the correct last message of keys; without it nothing is republished */
  constructor(context: PipelineContext, latest: ConsumerDefinition['latest']) {
    this.#context = context;
    this.#latest = latest;
  }

  /** Records messages that are about to be sent. */
  sending(records: readonly OutgoingRecord[]): void {
    if (this.#latest === undefined) return;
    for (const { key } of records) this.#uncommitted.add(String(key));
  }

  /** Forgets messages whose transaction has committed. */
  committed(records: readonly OutgoingRecord[]): void {
    for (const { key } of records) this.#uncommitted.delete(String(key));
  }

  /** Publishes the current values of the keys of failed attempts. @throws StoreUnavailable */
  async republish(): Promise<void> {
    const latest = this.#latest;
    const keys = [...this.#uncommitted].slice(0, transactionKeys);
    if (latest === undefined || keys.length === 0) return;
    const { database, producer } = this.#context;
    await database.transaction(async (tx) => producer.send(await latest(tx, keys)));
    for (const key of keys) this.#uncommitted.delete(key);
  }
}
