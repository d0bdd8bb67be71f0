-- Dead letters by their ids.
-- $1 bigint[] ids
-- => the columns of select_dead_letters.sql, ordered by id
SELECT id, original_event::text AS original, original_value, error_code, error_message,
  consumer_service, source_topic, source_partition, source_offset, source_timestamp, attempts,
  failed_at, replayed_at
FROM dlq_events WHERE id = ANY ($1::bigint[]) ORDER BY id
