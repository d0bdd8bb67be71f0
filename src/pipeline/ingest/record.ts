import { v7 as uuidv7 } from 'uuid';

import type { OutgoingRecord } from '../../stores/kafka/producer.js';
import { checkSubmission, type Checked, type PlayerEvent } from '../contract/event.js';

/**
 * Checks what a client sent and completes it: an event_id (UUIDv7, where the client gave none; in
 * lower case, as PostgreSQL prints it) and ingested_at.
 * @param nowMs ingest's clock, in milliseconds since the epoch
 */
export function completeSubmission(value: unknown, nowMs: number): Checked<PlayerEvent> {
  const checked = checkSubmission(value, nowMs);
  if (!checked.ok) return checked;
  const { event_id, event_type, player_id, game_id, timestamp, data } = checked.value;
  return {
    ok: true,
    // The order of the members is the contract's.
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

/** The event as a record for Kafka: the player's partition keeps the player's order. */
export function recordOf(topic: string, event: PlayerEvent): OutgoingRecord {
  return {
    topic,
    key: event.player_id,
    value: JSON.stringify(event),
    headers: { event_type: event.event_type, event_id: event.event_id },
  };
}
