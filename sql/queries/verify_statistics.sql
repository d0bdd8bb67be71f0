-- Players of a page whose statistics differ from `events`, in one snapshot; the pipeline may be running.
-- An event counts if it is in the ledger. An event that is not in the ledger counts, too, unless the
-- statistics consumer has dead-lettered it, or has not reached its offset in the current log yet.
-- $1 text the consumer's service, $2 text its group, $3 text the logger's group,
-- $4 text the player before the page, $5 text its last player, $6 int limit
-- => player_id, expected jsonb {total_events, event_breakdown, last_event_at} or null, actual in the same form,
--    ahead: whether the consumer may have counted events of the player that the logger has not stored yet
WITH counted AS (
  SELECT e.player_id, e.event_type, count(*) AS events, max(e.event_timestamp) AS last_event_at
  FROM events e
  LEFT JOIN statistics_ledger l USING (event_id, player_id)
  LEFT JOIN consumer_offsets o ON o.consumer_group = $2 AND o.partition = e.kafka_partition
  LEFT JOIN consumer_offsets g ON g.consumer_group = $3 AND g.partition = e.kafka_partition
  WHERE e.player_id > $4 AND e.player_id <= $5 AND (l.event_id IS NOT NULL OR NOT (
    e.kafka_offset >= coalesce(o.next_offset, 0) AND e.created_at >= g.log_started_at
    OR EXISTS (SELECT FROM dlq_events d WHERE d.consumer_service = $1
      AND lower(left(d.original_event ->> 'event_id', 37)) = e.event_id::text
      AND d.original_event ->> 'player_id' = e.player_id)))
  GROUP BY e.player_id, e.event_type
), expected AS (
  SELECT player_id, sum(events)::bigint AS total_events, jsonb_object_agg(event_type, events) AS event_breakdown,
    -- A JavaScript Date has a resolution of milliseconds.
    date_trunc('milliseconds', max(last_event_at)) AS last_event_at
  FROM counted GROUP BY player_id
), actual AS (
  SELECT player_id, total_events, event_breakdown, last_event_at FROM player_statistics
  WHERE player_id > $4 AND player_id <= $5
), differing AS (
  SELECT player_id, e, s FROM expected e FULL JOIN actual s USING (player_id)
  WHERE (e.total_events, e.event_breakdown, e.last_event_at)
    IS DISTINCT FROM (s.total_events, s.event_breakdown, s.last_event_at)
  ORDER BY player_id LIMIT $6
), ahead AS (
  SELECT player_id FROM statistics_ledger l
  WHERE EXISTS (SELECT FROM consumer_offsets s LEFT JOIN consumer_offsets g
      ON g.consumer_group = $3 AND g.topic = s.topic AND g.partition = s.partition
      WHERE s.consumer_group = $2 AND s.next_offset > coalesce(g.next_offset, 0))
    AND player_id IN (SELECT player_id FROM differing)
    AND NOT EXISTS (SELECT FROM events e WHERE e.event_id = l.event_id AND e.player_id = l.player_id)
)
SELECT player_id,
  CASE WHEN e IS NOT NULL THEN to_jsonb(e) - 'player_id' END AS expected,
  CASE WHEN s IS NOT NULL THEN to_jsonb(s) - 'player_id' END AS actual,
  player_id IN (SELECT player_id FROM ahead) AS ahead
FROM differing ORDER BY player_id
