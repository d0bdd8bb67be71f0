-- Events of the log's partitions from given offsets on.
-- $1 int[] partitions, $2 bigint[] first offsets, $3 int the most to return
-- => the columns of events, by the time of storing
SELECT event_id, event_type, player_id, game_id, event_timestamp, ingested_at, data,
  kafka_partition, kafka_offset, created_at
FROM events JOIN unnest($1::int[], $2::bigint[]) AS f (partition, first_offset)
  ON kafka_partition = f.partition AND kafka_offset >= f.first_offset
ORDER BY created_at, kafka_partition, kafka_offset LIMIT $3
