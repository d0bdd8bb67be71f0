import { StoreUnavailable } from '../../stores/errors.js';
import { QueueFull } from '../../stores/kafka/producer.js';
import { within } from '../../util/within.js';
import type { PlayerEvent } from '../contract/event.js';
import { topicName } from '../contract/topics.js';
import { HttpProblem, retryAfter } from './http/problem.js';
import type { IngestMetrics } from './metrics.js';
import type { EventProducer } from './ports.js';
import { recordOf } from './record.js';

/** How long a request waits for Kafka's acknowledgement, in milliseconds. */
const acknowledgeWithinMs = 15_000;

/** Writes events to player.events.raw; resolves once Kafka has all of them. */
export type Publish = (events: readonly PlayerEvent[]) => Promise<void>;

/**
 * Creates the publish function of the HTTP routes. It throws HttpProblem 429 if the send queue is
 * full and 503 if Kafka does not acknowledge the events. Both include the event ids: an event that
 * is sent again with the same id is counted once, even if Kafka received it before the error.
 */
export function createPublish(
  producer: EventProducer,
  namespace: string,
  metrics: IngestMetrics,
): Publish {
  const topic = topicName(namespace, 'raw');
  return async (events) => {
    if (events.length === 0) return;
    try {
      const sent = producer.send(events.map((event) => recordOf(topic, event)));
      // A broker that accepts a request and never answers it must not hold the client for ever.
      await within(sent, acknowledgeWithinMs, throwUnacknowledged);
    } catch (error) {
      if (!(error instanceof QueueFull || error instanceof StoreUnavailable)) throw error;
      const full = error instanceof QueueFull;
      metrics.rejected(full ? 'queue_full' : 'kafka_unavailable', events.length);
      const extra = { event_ids: events.map((event) => event.event_id) };
      throw full
        ? new HttpProblem(429, 'The send queue is full', { headers: retryAfter, extra })
        : new HttpProblem(503, 'Kafka is not accepting events', {
            headers: retryAfter,
            extra,
            cause: error,
          });
    }
    metrics.accepted(events.length);
  };
}

function throwUnacknowledged(): never {
  const cause = new Error(`no acknowledgement within ${acknowledgeWithinMs / 1_000} s`);
  throw new StoreUnavailable('kafka', cause);
}
