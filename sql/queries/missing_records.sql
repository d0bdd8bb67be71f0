-- Records of the raw topic of which nothing is stored: no event with their identity, and no dead letter.
-- One element a record: $1 int[] partitions, $2 bigint[] offsets, $3 timestamptz[] times, $4 uuid[] event
-- ids and $5 text[] player ids, both null where it is no event; $6 text the logger's service
-- => index int, from 0
SELECT (r.position - 1)::int AS index
FROM unnest($1::int[], $2::bigint[], $3::timestamptz[], $4::uuid[], $5::text[])
  WITH ORDINALITY AS r (kafka_partition, kafka_offset, at, event_id, player_id, position)
WHERE NOT EXISTS (SELECT FROM events e WHERE e.event_id = r.event_id AND e.player_id = r.player_id)
  AND NOT EXISTS (SELECT FROM dlq_events d WHERE d.consumer_service = $6
    AND d.source_partition = r.kafka_partition AND d.source_offset = r.kafka_offset
    AND d.source_timestamp = r.at)
ORDER BY position
