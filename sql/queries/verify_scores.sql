-- Scores that are not the sums that `events` gives, by board and player. Events that the leaderboard
-- consumer dead-lettered do not count, unless a replay was counted.
-- $1 text the consumer's service, $2 int the most to return
-- => game_id, period, window_start (YYYY-MM-DD), player_id, expected or null, actual or null
WITH scores AS (
  SELECT game_id, player_id, (data ->> 'score')::numeric AS score, event_timestamp AT TIME ZONE 'UTC' AS at
  FROM events e
  WHERE event_type = 'player_score'
    AND NOT EXISTS (SELECT FROM dlq_events d WHERE d.consumer_service = $1
      AND d.source_partition = e.kafka_partition AND d.source_offset = e.kafka_offset
      AND NOT EXISTS (SELECT FROM leaderboard_ledger l
        WHERE l.event_id = e.event_id AND l.player_id = e.player_id))
), expected AS (
  SELECT game_id, w.period, w.window_start, player_id, sum(score) AS score
  FROM scores CROSS JOIN LATERAL (VALUES
    ('daily', at::date), ('weekly', date_trunc('week', at)::date), ('alltime', DATE '1970-01-01')
  ) AS w (period, window_start)
  GROUP BY game_id, w.period, w.window_start, player_id
)
SELECT game_id, period, window_start::text, player_id, e.score::text AS expected, s.score::text AS actual
FROM expected e FULL JOIN player_scores s USING (game_id, period, window_start, player_id)
WHERE e.score IS DISTINCT FROM s.score
ORDER BY game_id, period, window_start, player_id
LIMIT $2
