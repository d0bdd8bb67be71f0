-- The dead letters of some records of a topic that were written after an instant.
-- $1 text topic, $2 int[] partitions, $3 bigint[] offsets: one element per record; $4 timestamptz
-- => id, source_partition, source_offset, error_message, consumer_service
SELECT d.id, d.source_partition, d.source_offset, d.error_message, d.consumer_service
FROM unnest($2::int[], $3::bigint[]) AS r (source_partition, source_offset)
JOIN dlq_events d USING (source_partition, source_offset)
WHERE d.source_topic = $1 AND d.created_at >= $4
