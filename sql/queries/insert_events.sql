-- Appends events; of a duplicate identity, only the first event is stored.
-- $1 uuid[] event ids, $2 text[] player ids, $3 text[] types, $4 text[] game ids,
-- $5 timestamptz[] event times, $6 timestamptz[] ingest times, $7 text[] data as JSON,
-- $8 int partition, $9 bigint[] offsets: one element an event, sorted by identity, then offset
-- => event_id, player_id of the new rows
INSERT INTO events
  (event_id, player_id, event_type, game_id, event_timestamp, ingested_at, data, kafka_partition, kafka_offset)
SELECT event_id, player_id, event_type, game_id, event_timestamp, ingested_at, data::jsonb, $8, kafka_offset
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[], $9::bigint[])
  AS e (event_id, player_id, event_type, game_id, event_timestamp, ingested_at, data, kafka_offset)
ON CONFLICT (event_id, player_id) DO NOTHING
RETURNING event_id, player_id
