-- Sets the scores of some players, on all boards, to the sums of `events`, adds these events to the ledger,
-- and marks the boards whose top must be rewritten. Run it while the group's offsets are locked and after the
-- logger has reached them.
-- $1 text the consumer's service, $2 text its group, $3 text the logger's group, $4 text[] player ids
-- => game_id, period, window_start (YYYY-MM-DD), player_id, score of the changed rows; null: deleted
WITH counted AS (
  SELECT e.*
  FROM events e
  LEFT JOIN leaderboard_ledger l USING (event_id, player_id)
  LEFT JOIN consumer_offsets o ON o.consumer_group = $2 AND o.partition = e.kafka_partition
  LEFT JOIN consumer_offsets g ON g.consumer_group = $3 AND g.partition = e.kafka_partition
  WHERE e.player_id = ANY ($4::text[]) AND e.event_type = 'player_score' AND (l.event_id IS NOT NULL OR NOT (
    e.kafka_offset >= coalesce(o.next_offset, 0) AND e.created_at >= g.log_started_at
    OR EXISTS (SELECT FROM dlq_events d WHERE d.consumer_service = $1
      AND lower(left(d.original_event ->> 'event_id', 37)) = e.event_id::text
      AND d.original_event ->> 'player_id' = e.player_id)))
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
  WHERE player_id = ANY ($4::text[]) AND NOT EXISTS (SELECT FROM sums WHERE
    (sums.game_id, sums.period, sums.window_start, sums.player_id) = (s.game_id, s.period, s.window_start, s.player_id))
  RETURNING game_id, period, window_start, player_id, NULL::bigint AS score
), written AS (
  INSERT INTO player_scores AS s (game_id, period, window_start, player_id, score)
  SELECT game_id, period, window_start, player_id, score FROM sums ORDER BY 1, 2, 3, 4
  ON CONFLICT (game_id, period, window_start, player_id)
  DO UPDATE SET score = excluded.score WHERE s.score <> excluded.score
  RETURNING game_id, period, window_start, player_id, score
), changed AS (
  SELECT * FROM gone UNION ALL SELECT * FROM written
), marked AS (
  INSERT INTO dirty_boards AS d (game_id, period, window_start, partition)
  SELECT DISTINCT game_id, period, window_start, 0 FROM changed ORDER BY 1, 2, 3
  ON CONFLICT (game_id, period, window_start, partition) DO UPDATE SET changes = d.changes + 1
)
SELECT game_id, period, window_start::text, player_id, score FROM changed
