-- Players whose statistics are not what `events` says. Events that the statistics consumer
-- dead-lettered do not count, unless a replay was counted.
-- $1 text the consumer's service, $2 int the most to return
-- => player_id, expected jsonb {total_events, event_breakdown} or null, actual likewise
WITH counted AS (
  SELECT player_id, event_type, count(*) AS events FROM events e
  WHERE NOT EXISTS (SELECT FROM dlq_events d WHERE d.consumer_service = $1
    AND d.source_partition = e.kafka_partition AND d.source_offset = e.kafka_offset
    AND NOT EXISTS (SELECT FROM statistics_ledger l
      WHERE l.event_id = e.event_id AND l.player_id = e.player_id))
  GROUP BY player_id, event_type
), expected AS (
  SELECT player_id, sum(events)::bigint AS total_events, jsonb_object_agg(event_type, events) AS event_breakdown
  FROM counted GROUP BY player_id
)
SELECT player_id,
  CASE WHEN e.player_id IS NOT NULL THEN jsonb_build_object('total_events', e.total_events, 'event_breakdown', e.event_breakdown) END AS expected,
  CASE WHEN s.player_id IS NOT NULL THEN jsonb_build_object('total_events', s.total_events, 'event_breakdown', s.event_breakdown) END AS actual
FROM expected e FULL JOIN player_statistics s USING (player_id)
WHERE (e.total_events, e.event_breakdown) IS DISTINCT FROM (s.total_events, s.event_breakdown)
ORDER BY player_id
LIMIT $2
