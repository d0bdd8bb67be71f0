-- A page of the events whose transaction began at or after an instant.
-- $1 timestamptz, with $2 int partition and $3 bigint offset: the last row of the page before ($1 alone,
-- -1 and -1 for the first page), $4 int limit
-- => the columns of events, ordered by created_at; position: created_at as text, to the microsecond
SELECT event_id, event_type, player_id, game_id, event_timestamp, ingested_at, data,
  kafka_partition, kafka_offset, created_at, created_at::text AS position
FROM events WHERE created_at >= $1::timestamptz
  AND (created_at, kafka_partition, kafka_offset) > ($1::timestamptz, $2::int, $3::bigint)
ORDER BY created_at, kafka_partition, kafka_offset LIMIT $4
