-- Makes the scores of some players, on all boards, what `events` says; the ledger then has these events,
-- and the boards are marked to be rewritten. To be run while the group's offsets are locked.
-- $1 text the consumer's service, $2 text its group, $3 text[] player ids
WITH counted AS (
  SELECT e.*
  FROM events e
  LEFT JOIN leaderboard_ledger l USING (event_id, player_id)
  LEFT JOIN consumer_offsets o ON o.consumer_group = $2 AND o.partition = e.kafka_partition
  WHERE e.player_id = ANY ($3::text[]) AND e.event_type = 'player_score' AND (l.event_id IS NOT NULL OR NOT (
    e.created_at > now() - interval '5 minutes' AND e.kafka_offset >= coalesce(o.next_offset, 0)
    OR EXISTS (SELECT FROM dlq_events d WHERE d.consumer_service = $1
      AND d.source_partition = e.kafka_partition AND d.source_offset = e.kafka_offset
      AND lower(d.original_event ->> 'event_id') = e.event_id::text)))
), noted AS (
  INSERT INTO leaderboard_ledger (event_id, player_id)
  SELECT event_id, player_id FROM counted ORDER BY event_id, player_id ON CONFLICT DO NOTHING
), sums AS (
  SELECT game_id, w.period, w.window_start, player_id, sum((data ->> 'score')::numeric)::bigint AS score
  FROM counted CROSS JOIN LATERAL (VALUES
    ('daily', (event_timestamp AT TIME ZONE 'UTC')::date),
    ('weekly', date_trunc('week', event_timestamp AT TIME ZONE 'UTC')::date),
    ('alltime', DATE '1970-01-01')
  ) AS w (period, window_start)
  GROUP BY game_id, w.period, w.window_start, player_id
), gone AS (
  DELETE FROM player_scores s
  WHERE player_id = ANY ($3::text[]) AND NOT EXISTS (SELECT FROM sums WHERE
    (sums.game_id, sums.period, sums.window_start, sums.player_id) = (s.game_id, s.period, s.window_start, s.player_id))
  RETURNING game_id, period, window_start
), written AS (
  INSERT INTO player_scores AS s (game_id, period, window_start, player_id, score)
  SELECT game_id, period, window_start, player_id, score FROM sums ORDER BY 1, 2, 3, 4
  ON CONFLICT (game_id, period, window_start, player_id)
  DO UPDATE SET score = excluded.score WHERE s.score <> excluded.score
  RETURNING game_id, period, window_start
)
INSERT INTO dirty_boards AS d (game_id, period, window_start, partition)
SELECT game_id, period, window_start, 0 FROM (SELECT * FROM gone UNION SELECT * FROM written) AS changed
ORDER BY 1, 2, 3
ON CONFLICT (game_id, period, window_start, partition) DO UPDATE SET changes = d.changes + 1
