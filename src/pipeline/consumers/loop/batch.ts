import { DataRefused, RecordTooLarge } from '../../../stores/errors.js';
import type { ConsumedRecord } from '../../../stores/kafka/consumer.js';
import type { Projection } from '../../projection/projection.js';
import type { PipelineContext } from '../../runtime/context.js';
import type { ConsumerDefinition, Effects } from '../definition.js';
import { bisect } from './bisect.js';
import { Fenced, type Claim } from './claim.js';

/** Redis lacks what came before this batch. */
class ProjectionBehind extends Error {
  constructor() {
    super('the projection in Redis is behind PostgreSQL');
    this.name = 'ProjectionBehind';
  }
}

/** Keys that are published anew in one transaction. */
const republishedAtOnce = 1_000;

/** Applies batches of one consumer, each in a transaction whose last step is COMMIT. */
export class BatchApplier {
  readonly #context: PipelineContext;
  readonly #definition: ConsumerDefinition;
  readonly #projection: Projection | undefined;
  /** Keys of derived messages that an attempt sent, or may have sent, before it failed. */
  readonly #doubtful = new Set<string>();

  constructor(
    context: PipelineContext,
    definition: ConsumerDefinition,
    projection: Projection | undefined,
  ) {
    this.#context = context;
    this.#definition = definition;
    this.#projection = projection;
  }

  /**
   * Stores the effects of records that follow each other. A record whose data PostgreSQL refuses is
   * found by halving, and goes to the dead letters; the others count.
   * @throws Fenced, StoreUnavailable, or what is a bug; what was applied before it stays applied,
   *   and `claim.next` says how far that is
   */
  async apply(claim: Claim, records: readonly ConsumedRecord[]): Promise<void> {
    await bisect(records, {
      attempt: async (part) => this.#applyAll(claim, part),
      isRefusal,
      refuse: async (record, error) => this.#refuse(claim, record, error),
    });
  }

  /** All of them, or none. */
  async #applyAll(claim: Claim, records: readonly ConsumedRecord[]): Promise<void> {
    try {
      await this.#attempt(claim, records, async (tx) =>
        this.#definition.apply(tx, claim.key.partition, records),
      );
    } catch (error) {
      if (!(error instanceof ProjectionBehind)) throw error;
      this.#context.log.info({ group: claim.key.group }, 'Redis is behind: rebuilding it');
      await this.#projection?.rebuild();
      await this.#applyAll(claim, records);
    }
  }

  /** Draws the picture in Redis anew, if this consumer has one. @throws StoreUnavailable */
  async redraw(): Promise<void> {
    await this.#projection?.rebuild();
  }

  /** Draws it anew where Redis lost some of it. @throws StoreUnavailable */
  async heal(): Promise<void> {
    const healed = await this.#projection?.heal();
    if (healed === true) this.#context.log.info('Redis was behind: rebuilt it');
  }

  /**
   * Publishes anew what failed attempts may have published. Where this process was stopped between its
   * message and its COMMIT, a successor has done the same batch and gone on, and then that message came
   * after the successor's.
   * @throws StoreUnavailable
   */
  async republish(): Promise<void> {
    const { latest } = this.#definition;
    const keys = [...this.#doubtful].slice(0, republishedAtOnce);
    if (latest === undefined || keys.length === 0) return;
    const { database, producer } = this.#context;
    await database.transaction(async (tx) => producer.send(await latest(tx, keys)));
    for (const key of keys) this.#doubtful.delete(key);
  }

  async #refuse(claim: Claim, record: ConsumedRecord, error: unknown): Promise<void> {
    const { refuse } = this.#definition;
    if (refuse === undefined || !isRefusal(error)) throw error;
    const code = error instanceof DataRefused ? `sqlstate_${error.code}` : error.code;
    const reason = { code, message: error.message };
    this.#context.log.warn({ ...claim.key, offset: record.offset, reason }, 'dead letter');
    await this.#attempt(claim, [record], () =>
      Promise.resolve({
        derived: [refuse(claim.key.partition, record, reason)],
        counts: { duplicate: 0, skipped: 0, dead_lettered: 1 },
        ...(this.#projection === undefined ? {} : { writes: { hashes: [], sets: [] } }),
      }),
    );
  }

  async #attempt(
    claim: Claim,
    records: readonly ConsumedRecord[],
    effectsOf: (tx: Parameters<ConsumerDefinition['apply']>[0]) => Promise<Effects>,
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
      const effects = await effectsOf(tx);
      for (const key of this.#keysOf(effects)) this.#doubtful.add(key);
      await producer.send(effects.derived);
      if (effects.writes !== undefined) {
        const batch = {
          partition: claim.key.partition,
          epoch: claim.epoch,
          logEpoch: claim.logEpoch,
          from,
          to: last.offset + 1,
        };
        const outcome = await this.#projection?.write(batch, effects.writes);
        if (outcome === 'behind') throw new ProjectionBehind();
        if (outcome === 'fenced') throw new Fenced(claim.key);
      }
      return { advanced, effects };
    });
    advanced();
    for (const key of this.#keysOf(effects)) this.#doubtful.delete(key);
    endTimer();
    const { duplicate, skipped, dead_lettered } = effects.counts;
    const processed = records.length - duplicate - skipped - dead_lettered;
    for (const [outcome, count] of Object.entries({ processed, ...effects.counts })) {
      metrics.records.inc({ role, outcome }, count);
    }
    effects.committed?.();
  }

  #keysOf({ derived }: Effects): string[] {
    return this.#definition.latest === undefined ? [] : derived.map(({ key }) => String(key));
  }
}

/** Whether some record of the batch is to blame, and not a store. */
function isRefusal(error: unknown): error is DataRefused | RecordTooLarge {
  return error instanceof DataRefused || error instanceof RecordTooLarge;
}
