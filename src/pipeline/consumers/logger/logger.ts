import { limits } from '../../contract/event.js';
import { topicName } from '../../contract/topics.js';
import type { PipelineContext } from '../../runtime/context.js';
import type { ConsumerDefinition } from '../definition.js';
import { defineEventConsumer } from '../eventConsumer.js';
import { storeEvents } from './storeEvents.js';

/** A longer text is compacted; an event itself is only slightly larger than `limits.dataBytes`. */
const compactBytes = 2 * limits.dataBytes;

/**
 * The raw event logger: stores each event once in `events` and publishes it to
 * player.events.processed. It dead-letters invalid records; the other consumers skip them.
 */
export function createLogger(context: PipelineContext): ConsumerDefinition {
  const topic = topicName(context.namespace, 'processed');
  return defineEventConsumer(context, {
    role: 'logger',
    ledger: storeEvents,
    deadLettersBroken: true,
    storeNew: (_tx, _partition, events) =>
      Promise.resolve({
        derived: events.map(({ event, value }) => ({
          topic,
          key: event.player_id,
          // A record from another producer may be mostly white space.
          value: value.length > compactBytes ? JSON.stringify(event) : value,
          headers: { event_type: event.event_type, event_id: event.event_id },
        })),
      }),
  });
}
