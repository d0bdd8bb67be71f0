import { StoreUnavailable } from '../../stores/errors.js';
import { QueueFull } from '../../stores/kafka/producer.js';
import { within } from '../../util/within.js';
import type { PlayerEvent } from '../contract/event.js';
import { topicName } from '../contract/topics.js';
import { HttpProblem, tryAgain } from './http/problem.js';
import type { IngestMetrics } from './metrics.js';
import type { EventProducer } from './ports.js';
import { recordOf } from './record.js';

/** How long a client waits for Kafka's acknowledgement, in milliseconds; then it may retry. */
const acknowledgeWithinMs = 15_000;

/** Writes events to player.events.raw; resolves once Kafka has all of them. */
export type Publish = (events: readonly PlayerEvent[]) => Promise<void>;

/**
 * Publishing for the HTTP routes.
 * Its problems name the event ids: sent again with the same id, an event counts once even where
 * Kafka did get it before the error.
 * @throws HttpProblem 429 where the send queue is full, 503 where Kafka does not acknowledge
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
        ? new HttpProblem(429, 'The send queue is full', { headers: tryAgain, extra })
        : new HttpProblem(503, 'Kafka does not take events now', {
            headers: tryAgain,
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
