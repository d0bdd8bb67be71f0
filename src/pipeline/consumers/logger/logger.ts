import { limits } from '../../contract/event.js';
import { topicName } from '../../contract/topics.js';
import type { PipelineContext } from '../../runtime/context.js';
import type { ConsumerDefinition } from '../definition.js';
import { deadLetterRecord, firstOfEach, readEvents } from '../records.js';
import { storeEvents } from './storeEvents.js';

/** A text longer than this is written anew; an event has at most a little more than `limits.dataBytes`. */
const compactBytes = 2 * limits.dataBytes;

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
    async store(tx, partition, records) {
      const { events, broken } = readEvents(records);
      const fresh = await storeEvents(tx, partition, events);
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
