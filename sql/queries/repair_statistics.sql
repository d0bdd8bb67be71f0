-- Sets the totals of some players to the sums of `events` and adds these events to the ledger. A player's
-- stored session is kept. Run it while the group's offsets are locked and after the logger has reached them.
-- $1 text the consumer's service, $2 text its group, $3 text the logger's group, $4 text[] player ids
-- => the columns of add_statistics.sql, ordered by player, of the players that have events
WITH counted AS (
  SELECT e.*
  FROM events e
  LEFT JOIN statistics_ledger l USING (event_id, player_id)
  LEFT JOIN consumer_offsets o ON o.consumer_group = $2 AND o.partition = e.kafka_partition
  LEFT JOIN consumer_offsets g ON g.consumer_group = $3 AND g.partition = e.kafka_partition
  WHERE e.player_id = ANY ($4::text[]) AND (l.event_id IS NOT NULL OR NOT (
    e.kafka_offset >= coalesce(o.next_offset, 0) AND e.created_at >= g.log_started_at
    OR EXISTS (SELECT FROM dlq_events d WHERE d.consumer_service = $1
      AND lower(left(d.original_event ->> 'event_id', 37)) = e.event_id::text
      AND d.original_event ->> 'player_id' = e.player_id)))
), noted AS (
  INSERT INTO statistics_ledger (event_id, player_id)
  SELECT event_id, player_id FROM counted ORDER BY event_id, player_id ON CONFLICT DO NOTHING
), types AS (
  SELECT player_id, event_type, count(*) AS events FROM counted GROUP BY player_id, event_type
), totals AS (
  SELECT player_id, sum(events)::bigint AS total_events, jsonb_object_agg(event_type, events) AS event_breakdown
  FROM types GROUP BY player_id
), latest AS (
  SELECT DISTINCT ON (player_id) player_id, game_id, ingested_at,
    date_trunc('milliseconds', max(event_timestamp) OVER (PARTITION BY player_id)) AS last_event_at
  FROM counted ORDER BY player_id, ingested_at DESC
), gone AS (
  DELETE FROM player_statistics
  WHERE player_id = ANY ($4::text[]) AND player_id NOT IN (SELECT player_id FROM totals)
)
INSERT INTO player_statistics AS s
  (player_id, total_events, event_breakdown, last_event_at,
   session_started_at, session_last_at, session_events, session_game_id)
SELECT player_id, total_events, event_breakdown, last_event_at, ingested_at, ingested_at, 1, game_id
FROM totals JOIN latest USING (player_id) ORDER BY player_id
ON CONFLICT (player_id) DO UPDATE SET
  total_events = excluded.total_events, event_breakdown = excluded.event_breakdown,
  last_event_at = excluded.last_event_at, updated_at = now()
RETURNING player_id, total_events, event_breakdown, last_event_at,
  session_started_at, session_last_at, session_events, session_game_id
