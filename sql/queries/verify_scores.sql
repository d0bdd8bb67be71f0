-- Scores of a page of players that differ from the sums of `events`, by board and player, in one snapshot;
-- the pipeline may be running. The same events count as in verify_statistics.sql.
-- $1 text the consumer's service, $2 text its group, $3 text the logger's group,
-- $4 text the player before the page, $5 text its last player, $6 int limit
-- => game_id, period, window_start (YYYY-MM-DD), player_id, expected or null, actual or null, ahead
WITH scores AS (
  SELECT e.game_id, e.player_id, (e.data ->> 'score')::numeric AS score, e.event_timestamp AT TIME ZONE 'UTC' AS at
  FROM events e
  LEFT JOIN leaderboard_ledger l USING (event_id, player_id)
  LEFT JOIN consumer_offsets o ON o.consumer_group = $2 AND o.partition = e.kafka_partition
  LEFT JOIN consumer_offsets g ON g.consumer_group = $3 AND g.partition = e.kafka_partition
  WHERE e.player_id > $4 AND e.player_id <= $5 AND e.event_type = 'player_score' AND (l.event_id IS NOT NULL OR NOT (
    e.kafka_offset >= coalesce(o.next_offset, 0) AND e.created_at >= g.log_started_at
    OR EXISTS (SELECT FROM dlq_events d WHERE d.consumer_service = $1
      AND lower(left(d.original_event ->> 'event_id', 37)) = e.event_id::text
      AND d.original_event ->> 'player_id' = e.player_id)))
), expected AS (
  SELECT game_id, w.period, w.window_start, player_id, sum(score) AS score
  FROM scores CROSS JOIN LATERAL (VALUES
    ('daily', at::date), ('weekly', date_trunc('week', at)::date), ('alltime', DATE '1970-01-01')
  ) AS w (period, window_start)
  GROUP BY game_id, w.period, w.window_start, player_id
), actual AS (
  SELECT game_id, period, window_start, player_id, score FROM player_scores
  WHERE player_id > $4 AND player_id <= $5
), differing AS (
  SELECT game_id, period, window_start, player_id, e.score AS expected, s.score AS actual
  FROM expected e FULL JOIN actual s USING (game_id, period, window_start, player_id)
  WHERE e.score IS DISTINCT FROM s.score
  ORDER BY player_id, game_id, period, window_start LIMIT $6
), ahead AS (
  SELECT player_id FROM leaderboard_ledger l
  WHERE EXISTS (SELECT FROM consumer_offsets s LEFT JOIN consumer_offsets g
      ON g.consumer_group = $3 AND g.topic = s.topic AND g.partition = s.partition
      WHERE s.consumer_group = $2 AND s.next_offset > coalesce(g.next_offset, 0))
    AND player_id IN (SELECT player_id FROM differing)
    AND NOT EXISTS (SELECT FROM events e WHERE e.event_id = l.event_id AND e.player_id = l.player_id)
)
SELECT game_id, period, window_start::text, player_id, expected::text, actual::text,
  player_id IN (SELECT player_id FROM ahead) AS ahead
FROM differing ORDER BY player_id, game_id, period, window_start
