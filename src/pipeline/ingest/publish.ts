import { StoreUnavailable } from '../../stores/errors.js';
import { QueueFull } from '../../stores/kafka/producer.js';
import type { PlayerEvent } from '../contract/event.js';
import { topicName } from '../contract/topics.js';
import { HttpProblem, tryAgain } from './http/problem.js';
import type { IngestMetrics } from './metrics.js';
import type { EventProducer } from './ports.js';
import { recordOf } from './record.js';

/** A client waits this long for Kafka's acknowledgement, in milliseconds; then it may try again. */
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
      await acknowledged(sent, acknowledgeWithinMs);
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

/** A broker that takes a request and never answers it must not hold the client for ever. */
async function acknowledged(sent: Promise<unknown>, withinMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(notWithin(withinMs)), withinMs);
  });
  try {
    await Promise.race([sent, late]);
  } finally {
    clearTimeout(timer);
  }
}

function notWithin(ms: number): StoreUnavailable {
  return new StoreUnavailable('kafka', new Error(`no acknowledgement within ${ms / 1_000} s`));
}
