-- Counts the events stored from a range of the log that the group currently reads.
-- $1 text the logger's group, $2 int partition, $3 bigint from, $4 bigint to (exclusive)
-- => events int
SELECT count(*)::int AS events
FROM events e JOIN consumer_offsets o ON o.consumer_group = $1 AND o.partition = e.kafka_partition
WHERE e.kafka_partition = $2 AND e.kafka_offset >= $3 AND e.kafka_offset < $4
  AND e.created_at >= o.log_started_at
