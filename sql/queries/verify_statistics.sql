-- Players whose statistics are not what `events` says, at one moment of a pipeline that may be at work.
-- An event counts that is in the ledger; one that is not, too, but for those that the statistics
-- consumer dead-lettered and those that it has yet to come to. A player with an event that this
-- consumer had before the logger is left out.
-- $1 text the consumer's service, $2 text its group, $3 text the logger's group, $4 int the most to return
-- => player_id, expected jsonb {total_events, event_breakdown} or null, actual likewise
WITH counted AS (
  SELECT e.player_id, e.event_type, count(*) AS events
  FROM events e
  LEFT JOIN statistics_ledger l USING (event_id, player_id)
  LEFT JOIN consumer_offsets o ON o.consumer_group = $2 AND o.partition = e.kafka_partition
  WHERE l.event_id IS NOT NULL OR NOT (
    e.created_at > now() - interval '5 minutes' AND e.kafka_offset >= coalesce(o.next_offset, 0)
    OR EXISTS (SELECT FROM dlq_events d WHERE d.consumer_service = $1
      AND d.source_partition = e.kafka_partition AND d.source_offset = e.kafka_offset
      AND lower(d.original_event ->> 'event_id') = e.event_id::text))
  GROUP BY e.player_id, e.event_type
), expected AS (
  SELECT player_id, sum(events)::bigint AS total_events, jsonb_object_agg(event_type, events) AS event_breakdown
  FROM counted GROUP BY player_id
), ahead AS (
  SELECT DISTINCT player_id FROM statistics_ledger l
  WHERE EXISTS (SELECT FROM consumer_offsets s LEFT JOIN consumer_offsets g
      ON g.consumer_group = $3 AND g.topic = s.topic AND g.partition = s.partition
      WHERE s.consumer_group = $2 AND s.next_offset > coalesce(g.next_offset, 0))
    AND NOT EXISTS (SELECT FROM events e WHERE e.event_id = l.event_id AND e.player_id = l.player_id)
)
SELECT player_id,
  CASE WHEN e.player_id IS NOT NULL THEN jsonb_build_object('total_events', e.total_events, 'event_breakdown', e.event_breakdown) END AS expected,
  CASE WHEN s.player_id IS NOT NULL THEN jsonb_build_object('total_events', s.total_events, 'event_breakdown', s.event_breakdown) END AS actual
FROM expected e FULL JOIN player_statistics s USING (player_id)
WHERE (e.total_events, e.event_breakdown) IS DISTINCT FROM (s.total_events, s.event_breakdown)
  AND player_id NOT IN (SELECT player_id FROM ahead)
ORDER BY player_id
LIMIT $4
