import type { OutgoingRecord } from '../../../stores/kafka/producer.js';
import type { PipelineContext } from '../../runtime/context.js';
import type { ConsumerDefinition } from '../definition.js';

/** Most keys that are republished in one transaction. */
const transactionKeys = 1_000;

/**
 * Republishes derived messages whose transaction may not have committed. If this process stalls
 * between its message and its COMMIT, its successor repeats the batch and goes on; this process's
 * message may then come after the successor's, although the last message of a key has to be right.
 */
export class Republisher {
  readonly #context: PipelineContext;
  readonly #latest: ConsumerDefinition['latest'];
  /** Keys of messages that were sent, or may have been sent, and not yet committed. */
  readonly #uncommitted = new Set<string>();

  /** @param latest what the last message of a key has to say; without it there is nothing to do */
  constructor(context: PipelineContext, latest: ConsumerDefinition['latest']) {
    this.#context = context;
    this.#latest = latest;
  }

  /** Notes messages that are about to be sent. */
  sending(records: readonly OutgoingRecord[]): void {
    if (this.#latest === undefined) return;
    for (const { key } of records) this.#uncommitted.add(String(key));
  }

  /** Forgets messages whose transaction has committed. */
  committed(records: readonly OutgoingRecord[]): void {
    for (const { key } of records) this.#uncommitted.delete(String(key));
  }

  /** Publishes the present value of keys that failed attempts left. @throws StoreUnavailable */
  async republish(): Promise<void> {
    const latest = this.#latest;
    const keys = [...this.#uncommitted].slice(0, transactionKeys);
    if (latest === undefined || keys.length === 0) return;
    const { database, producer } = this.#context;
    await database.transaction(async (tx) => producer.send(await latest(tx, keys)));
    for (const key of keys) this.#uncommitted.delete(key);
  }
}
