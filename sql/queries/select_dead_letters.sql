-- Dead letters, newest first.
-- $1 text error code or null for any, $2 text service or null for any, $3 boolean: only dead
-- letters that were not replayed, $4 bigint: only ids below this one, $5 int limit
-- => id, original text (JSON, or null), original_value bytea (or null), error_code, error_message,
--    consumer_service, source_topic, source_partition, source_offset, source_timestamp, attempts,
--    failed_at, replayed_at
SELECT id, original_event::text AS original, original_value, error_code, error_message,
  consumer_service, source_topic, source_partition, source_offset, source_timestamp, attempts,
  failed_at, replayed_at
FROM dlq_events
WHERE ($1::text IS NULL OR error_code = $1) AND ($2::text IS NULL OR consumer_service = $2)
  AND (NOT $3 OR replayed_at IS NULL) AND id < $4
ORDER BY id DESC LIMIT $5
