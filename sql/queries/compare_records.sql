-- Compares records of the raw topic with the stored events and dead letters.
-- One element per record: $1 int[] partitions, $2 bigint[] offsets, $3 timestamptz[] times, $4 uuid[] event
-- ids and $5 text[] player ids, both null if the record is not an event; $6 text the logger's service,
-- $7 text its group
-- => missing int[]: the positions, from 0, of records without a stored event of their identity and without
--    a dead letter; places jsonb {partition: count}: records that are at the offset that their event names
WITH record AS (
  SELECT r.*, e.event_id IS NOT NULL AS stored,
    e.kafka_partition = r.partition AND e.kafka_offset = r.kafka_offset AND e.created_at >= o.log_started_at AS here
  FROM unnest($1::int[], $2::bigint[], $3::timestamptz[], $4::uuid[], $5::text[])
    WITH ORDINALITY AS r (partition, kafka_offset, at, event_id, player_id, position)
  LEFT JOIN events e ON e.event_id = r.event_id AND e.player_id = r.player_id
  LEFT JOIN consumer_offsets o ON o.consumer_group = $7 AND o.partition = r.partition
)
SELECT
  ARRAY(SELECT (position - 1)::int FROM record r
    WHERE NOT stored AND NOT EXISTS (SELECT FROM dlq_events d WHERE d.consumer_service = $6
      AND d.source_partition = r.partition AND d.source_offset = r.kafka_offset AND d.source_timestamp = r.at)
    ORDER BY position) AS missing,
  (SELECT coalesce(jsonb_object_agg(partition, records), '{}') FROM (
    SELECT partition, count(*) AS records FROM record WHERE here GROUP BY partition) AS p) AS places
