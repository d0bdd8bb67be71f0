-- The events that were stored last, newest first.
-- $1 interval how far back to look, $2 text filter, a substring of one of their
-- columns (empty: all), $3 int limit
-- => event_id, event_type, player_id, game_id, ingested_at, kafka_partition, kafka_offset;
--    data text: the beginning of their data as JSON
SELECT event_id, event_type, player_id, game_id, ingested_at, kafka_partition, kafka_offset,
  left(data::text, 300) AS data
FROM events
WHERE created_at >= now() - $1::interval
  AND ($2 = '' OR strpos(lower(concat_ws(' ', event_type, player_id, game_id, event_id)), lower($2)) > 0)
ORDER BY created_at DESC, kafka_offset DESC LIMIT $3
