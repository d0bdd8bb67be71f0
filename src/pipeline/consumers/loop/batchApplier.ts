import { DataRefused, RecordTooLarge } from '../../../stores/errors.js';
import type { ConsumedRecord } from '../../../stores/kafka/consumer.js';
import type { Queryable } from '../../../stores/postgres/database.js';
import type { Projection } from '../../projection/projection.js';
import type { PipelineContext } from '../../runtime/context.js';
import type { ConsumerDefinition, Effects } from '../definition.js';
import { bisect } from './bisect.js';
import { Fenced, type Claim } from './claim.js';
import type { Republisher } from './republisher.js';

/** Redis lacks the effects of an earlier batch. */
class ProjectionBehind extends Error {
  constructor() {
    super('the projection in Redis is behind PostgreSQL');
    this.name = 'ProjectionBehind';
  }
}

/** Applies the batches of one consumer, each in a transaction that ends with COMMIT. */
export class BatchApplier {
  readonly #context: PipelineContext;
  readonly #definition: ConsumerDefinition;
  readonly #projection: Projection | undefined;
  readonly #republisher: Republisher;

  constructor(
    context: PipelineContext,
    definition: ConsumerDefinition,
    projection: Projection | undefined,
    republisher: Republisher,
  ) {
    this.#context = context;
    this.#definition = definition;
    this.#projection = projection;
    this.#republisher = republisher;
  }

  /**
   * Applies consecutive records. If PostgreSQL rejects the data of a record, bisecting the batch finds
   * that record, and it becomes a dead letter; the others count.
   * @throws Fenced, StoreUnavailable, or the error of a bug; records before `claim.next` stay applied
   */
  async apply(claim: Claim, records: readonly ConsumedRecord[]): Promise<void> {
    await bisect(records, {
      attempt: async (part) => this.#attempt(claim, part),
      isRefusal,
      refuse: async (record, error) => this.#deadLetter(claim, record, error),
    });
  }

  /** Applies all records, or none. */
  async #attempt(claim: Claim, records: readonly ConsumedRecord[]): Promise<void> {
    try {
      await this.#commit(claim, records, async (tx) =>
        this.#definition.store(tx, claim.key.partition, records),
      );
    } catch (error) {
      if (!(error instanceof ProjectionBehind)) throw error;
      this.#context.log.info({ group: claim.key.group }, 'Redis is behind: rebuilding it');
      await this.#projection?.rebuild();
      await this.#attempt(claim, records);
    }
  }

  async #deadLetter(claim: Claim, record: ConsumedRecord, error: unknown): Promise<void> {
    const { refuse } = this.#definition;
    if (refuse === undefined || !isRefusal(error)) throw error;
    const code = error instanceof DataRefused ? `sqlstate_${error.code}` : error.code;
    const reason = { code, message: error.message };
    this.#context.log.warn({ ...claim.key, offset: record.offset, reason }, 'dead letter');
    await this.#commit(claim, [record], () =>
      Promise.resolve({
        derived: [refuse(claim.key.partition, record, reason)],
        counts: { duplicate: 0, skipped: 0, dead_lettered: 1 },
        ...(this.#projection === undefined ? {} : { writes: { hashes: [], sets: [] } }),
      }),
    );
  }

  /** Runs the transaction: claim check, PostgreSQL, Kafka, Redis, and COMMIT as the last step. */
  async #commit(
    claim: Claim,
    records: readonly ConsumedRecord[],
    store: (tx: Queryable) => Promise<Effects>,
  ): Promise<void> {
    const last = records.at(-1);
    if (last === undefined) return;
    const { database, metrics, producer } = this.#context;
    const { role } = this.#definition;
    this.#projection?.assertReady();
    const endTimer = metrics.batchSeconds.startTimer({ role });
    const { advanced, effects } = await database.transaction(async (tx) => {
      const from = claim.next;
      const advanced = await claim.advance(tx, last);
      const effects = await store(tx);
      this.#republisher.sending(effects.derived);
      await producer.send(effects.derived);
      await this.#project(claim, { from, to: last.offset + 1 }, effects);
      return { advanced, effects };
    });
    advanced();
    this.#republisher.committed(effects.derived);
    endTimer();
    const { duplicate, skipped, dead_lettered } = effects.counts;
    const processed = records.length - duplicate - skipped - dead_lettered;
    for (const [outcome, count] of Object.entries({ processed, ...effects.counts })) {
      metrics.records.inc({ role, outcome }, count);
    }
    effects.committed?.();
  }

  /** Writes the absolute values to Redis. @throws ProjectionBehind, Fenced: the batch rolls back */
  async #project(
    claim: Claim,
    offsets: { readonly from: number; readonly to: number },
    { writes }: Effects,
  ): Promise<void> {
    if (writes === undefined) return;
    const { epoch, logEpoch } = claim;
    const batch = { partition: claim.key.partition, epoch, logEpoch, ...offsets };
    const outcome = await this.#projection?.write(batch, writes);
    if (outcome === 'behind') throw new ProjectionBehind();
    if (outcome === 'fenced') throw new Fenced(claim.key);
  }
}

/** Whether a record of the batch caused the error, rather than a store. */
function isRefusal(error: unknown): error is DataRefused | RecordTooLarge {
  return error instanceof DataRefused || error instanceof RecordTooLarge;
}
