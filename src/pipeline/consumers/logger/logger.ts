import { loadSql } from '../../../stores/postgres/sql.js';
import type { PipelineContext } from '../../context.js';
import { limits } from '../../contract/event.js';
import { topicName } from '../../contract/topics.js';
import type { ConsumerDefinition } from '../definition.js';
import { byIdentity, deadLetterRecord, firstOfEach, readEvents } from '../records.js';

/** A text longer than this is written anew; an event has at most a little more than `limits.dataBytes`. */
const compactBytes = 2 * limits.dataBytes;

const insertEvents = loadSql('insert_events');

/**
 * The raw event logger: every event once in `events`, and then in player.events.processed. It alone
 * dead-letters what breaks the contract; the other consumers skip it.
 */
export function createLogger(context: PipelineContext): ConsumerDefinition {
  const { namespace, now } = context;
  const refuse: NonNullable<ConsumerDefinition['refuse']> = (partition, record, error) =>
    deadLetterRecord({ namespace, role: 'logger', partition, record, error, nowMs: now() });
  return {
    role: 'logger',
    refuse,
    async apply(tx, partition, records) {
      const { events, broken } = readEvents(records);
      const sorted = byIdentity(events);
      const fresh =
        sorted.length === 0
          ? []
          : await tx.query<{ event_id: string; player_id: string }>(insertEvents, [
              sorted.map(({ event }) => event.event_id),
              sorted.map(({ event }) => event.player_id),
              sorted.map(({ event }) => event.event_type),
              sorted.map(({ event }) => event.game_id),
              sorted.map(({ event }) => event.timestamp),
              sorted.map(({ event }) => event.ingested_at),
              sorted.map(({ event }) => JSON.stringify(event.data)),
              partition,
              sorted.map(({ offset }) => offset),
            ]);
      const processed = firstOfEach(events, fresh).map(({ event, value }) => ({
        topic: topicName(namespace, 'processed'),
        key: event.player_id,
        // A foreign producer's text may be mostly white space.
        value: value.length > compactBytes ? JSON.stringify(event) : value,
        headers: { event_type: event.event_type, event_id: event.event_id },
      }));
      const letters = broken.map(({ record, error }) => refuse(partition, record, error));
      return {
        derived: [...processed, ...letters],
        counts: {
          duplicate: events.length - processed.length,
          skipped: 0,
          dead_lettered: letters.length,
        },
      };
    },
  };
}
