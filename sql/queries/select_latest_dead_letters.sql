-- The newest dead letters.
-- $1 int limit
-- => id, consumer_service, error_code, error_message, source_topic, source_partition, source_offset,
--    failed_at; original text: the beginning of the event as JSON, or null if it is not JSON
SELECT id, consumer_service, error_code, error_message, source_topic, source_partition,
  source_offset, failed_at, left(original_event::text, 500) AS original
FROM dlq_events ORDER BY id DESC LIMIT $1
