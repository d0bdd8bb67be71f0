-- Stores dead letters; a duplicate (source, service) is dropped.
-- One element per dead letter: $1 text[] original as JSON or null, $2 text[] original in base64 or null,
-- $3 text[] error codes, $4 text[] error messages, $5 text[] services, $6 text[] source topics,
-- $7 int[] source partitions, $8 bigint[] source offsets, $9 timestamptz[] source timestamps,
-- $10 int[] attempts, $11 timestamptz[] failure times
INSERT INTO dlq_events
  (original_event, original_value, error_code, error_message, consumer_service, source_topic,
   source_partition, source_offset, source_timestamp, attempts, failed_at)
SELECT original_event::jsonb, decode(original_value, 'base64'), error_code, error_message, consumer_service,
  source_topic, source_partition, source_offset, source_timestamp, attempts, failed_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[],
    $8::bigint[], $9::timestamptz[], $10::int[], $11::timestamptz[])
  AS d (original_event, original_value, error_code, error_message, consumer_service, source_topic,
    source_partition, source_offset, source_timestamp, attempts, failed_at)
ON CONFLICT DO NOTHING
