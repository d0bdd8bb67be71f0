-- The rows of an event_id: one per player that used it as an idempotency key.
-- $1 uuid event id
-- => the columns of events, times as timestamptz
SELECT event_id, event_type, player_id, game_id, event_timestamp, ingested_at, data,
  kafka_partition, kafka_offset, created_at
FROM events WHERE event_id = $1 ORDER BY player_id
