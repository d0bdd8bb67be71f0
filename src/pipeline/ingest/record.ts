import { v7 as uuidv7 } from 'uuid';

import type { OutgoingRecord } from '../../stores/kafka/producer.js';
import { checkSubmission, type Checked, type PlayerEvent } from '../contract/event.js';

/**
 * Validates an event from a client, and adds `ingested_at` and, if it is missing, an `event_id`
 * (UUIDv7). A client's `event_id` is converted to lower case, as PostgreSQL prints it.
 * @param nowMs ingest's clock, in milliseconds since the epoch
 */
export function completeSubmission(value: unknown, nowMs: number): Checked<PlayerEvent> {
  const checked = checkSubmission(value, nowMs);
  if (!checked.ok) return checked;
  const { event_id, event_type, player_id, game_id, timestamp, data } = checked.value;
  return {
    ok: true,
    // The members are in the order of the contract.
    value: {
      event_id: event_id?.toLowerCase() ?? uuidv7(),
      event_type,
      player_id,
      game_id,
      timestamp,
      ingested_at: new Date(nowMs).toISOString(),
      data,
    },
  };
}

/** The Kafka record of an event; its key is the player, which preserves the order per player. */
export function recordOf(topic: string, event: PlayerEvent): OutgoingRecord {
  return {
    topic,
    key: event.player_id,
    value: JSON.stringify(event),
    headers: { event_type: event.event_type, event_id: event.event_id },
  };
}
