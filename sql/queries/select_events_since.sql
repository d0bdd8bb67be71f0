-- Events whose storing began at or after an instant.
-- $1 timestamptz, $2 int the most to return
-- => the columns of events, by the time of storing
SELECT event_id, event_type, player_id, game_id, event_timestamp, ingested_at, data,
  kafka_partition, kafka_offset, created_at
FROM events WHERE created_at >= $1 ORDER BY created_at, kafka_partition, kafka_offset LIMIT $2
