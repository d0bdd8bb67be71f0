import type { Queryable } from '../../stores/postgres/database.js';
import type { PlayerEvent } from '../contract/event.js';
import type { ConsumerRole } from '../contract/topics.js';
import type { PipelineContext } from '../runtime/context.js';
import type { ConsumerDefinition, Effects, Refuse } from './definition.js';
import { firstOfEach, type Ledger } from './ledger.js';
import { deadLetterRecord, readEvents, type EventRecord } from './records.js';

/** A consumer of player.events.raw, and how it stores the events that are new to it. */
export interface EventConsumer extends Pick<ConsumerDefinition, 'latest' | 'projection'> {
  readonly role: Exclude<ConsumerRole, 'dead-letter'>;
  readonly ledger: Ledger;
  /** Selects the events that count; the others are skipped. If left out, all events count. */
  readonly accepts?: (event: PlayerEvent) => boolean;
  /** Whether it dead-letters invalid records: one consumer does, the others skip them. */
  readonly deadLettersBroken?: boolean;
  /** Stores events of one partition that are new to the ledger, in log order. */
  readonly storeNew: (
    tx: Queryable,
    partition: number,
    events: readonly EventRecord[],
  ) => Promise<Omit<Effects, 'counts'>>;
}

/** Defines a consumer that counts each event once: its ledger drops the duplicates. */
export function defineEventConsumer(
  { namespace, now }: Pick<PipelineContext, 'namespace' | 'now'>,
  { role, ledger, accepts, deadLettersBroken, storeNew, ...rest }: EventConsumer,
): ConsumerDefinition {
  const refuse: Refuse = (partition, record, error) =>
    deadLetterRecord({ namespace, role, partition, record, error, nowMs: now() });
  return {
    ...rest,
    role,
    refuse,
    async store(tx, partition, records) {
      const { events, broken } = readEvents(records);
      const accepted = events.filter(({ event }) => accepts?.(event) ?? true);
      const fresh = firstOfEach(accepted, await ledger(tx, partition, accepted));
      const letters =
        deadLettersBroken === true
          ? broken.map(({ record, error }) => refuse(partition, record, error))
          : [];
      const effects = await storeNew(tx, partition, fresh);
      return {
        ...effects,
        derived: [...effects.derived, ...letters],
        counts: {
          duplicate: accepted.length - fresh.length,
          skipped: records.length - accepted.length - letters.length,
          dead_lettered: letters.length,
        },
      };
    },
  };
}
