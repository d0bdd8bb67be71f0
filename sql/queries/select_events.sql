-- Stored events, newest first.
-- $1 text player id, $2 text game id, $3 text event type: null for any; $4 timestamptz: only events
-- that were stored at or after it; $5 int limit
-- => the columns of events
SELECT event_id, event_type, player_id, game_id, event_timestamp, ingested_at, data,
  kafka_partition, kafka_offset, created_at
FROM events
WHERE ($1::text IS NULL OR player_id = $1) AND ($2::text IS NULL OR game_id = $2)
  AND ($3::text IS NULL OR event_type = $3) AND created_at >= $4
ORDER BY created_at DESC, kafka_partition DESC, kafka_offset DESC LIMIT $5
