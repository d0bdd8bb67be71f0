import { limits } from '../../contract/event.js';
import { topicName } from '../../contract/topics.js';
import type { PipelineContext } from '../../runtime/context.js';
import type { ConsumerDefinition } from '../definition.js';
import { defineEventConsumer } from '../eventConsumer.js';
import { storeEvents } from './storeEvents.js';

/** A longer text is rewritten; an event has at most a little more than `limits.dataBytes`. */
const compactBytes = 2 * limits.dataBytes;

/**
 * The raw event logger: every event once in `events`, and then in player.events.processed. It alone
 * dead-letters what breaks the contract; the other consumers skip it.
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
          // The text of another producer may be mostly white space.
          value: value.length > compactBytes ? JSON.stringify(event) : value,
          headers: { event_type: event.event_type, event_id: event.event_id },
        })),
      }),
  });
}
