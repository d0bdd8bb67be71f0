import { topicName } from '../contract/topics.js';
import type { PlayerEvent } from '../contract/event.js';
import { HttpProblem } from '../http/problem.js';
import type { IngestMetrics } from './metrics.js';
import type { EventProducer } from './ports.js';
import { recordOf } from './record.js';

/** Writes events to player.events.raw; resolves once Kafka has all of them. */
export type Publish = (events: readonly PlayerEvent[]) => Promise<void>;

/** Seconds after which a client may try again. */
const retryAfter = '1';

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
      await producer.send(events.map((event) => recordOf(topic, event)));
    } catch (error) {
      const full = error instanceof Error && error.name === 'QueueFullError';
      metrics.rejected(full ? 'queue_full' : 'kafka_unavailable', events.length);
      throw new HttpProblem(
        full ? 429 : 503,
        full ? 'The send queue is full' : 'Kafka does not acknowledge events at the moment',
        {
          headers: { 'retry-after': retryAfter },
          extra: { event_ids: events.map((event) => event.event_id) },
          cause: error,
        },
      );
    }
    metrics.accepted(events.length);
  };
}
