-- Rows of `leaderboards` that differ from the top 100 of their board by `player_scores`, in one snapshot.
-- Boards that are marked to be rewritten are left out.
-- One element per board: $1 text[] game ids, $2 text[] periods, $3 date[] window starts; $4 int limit
-- => game_id, period, window_start (YYYY-MM-DD), player_id, expected {rank, score} or null, actual in the same form
WITH board AS (
  SELECT game_id, period, window_start
  FROM unnest($1::text[], $2::text[], $3::date[]) AS b (game_id, period, window_start)
  WHERE NOT EXISTS (SELECT FROM dirty_boards d
    WHERE (d.game_id, d.period, d.window_start) = (b.game_id, b.period, b.window_start))
), top AS (
  SELECT game_id, period, window_start, player_id, score,
    rank() OVER (PARTITION BY game_id, period, window_start ORDER BY score DESC)::int AS rank
  FROM board b CROSS JOIN LATERAL (
    SELECT player_id, score FROM player_scores s
    WHERE (s.game_id, s.period, s.window_start) = (b.game_id, b.period, b.window_start)
    ORDER BY score DESC, player_id DESC LIMIT 100) AS first
), shown AS (
  SELECT l.game_id, l.period, l.window_start, l.player_id, l.rank, l.score
  FROM board b JOIN leaderboards l USING (game_id, period, window_start)
)
SELECT game_id, period, window_start::text, player_id,
  CASE WHEN t.player_id IS NOT NULL THEN jsonb_build_object('rank', t.rank, 'score', t.score) END AS expected,
  CASE WHEN l.player_id IS NOT NULL THEN jsonb_build_object('rank', l.rank, 'score', l.score) END AS actual
FROM top t FULL JOIN shown l USING (game_id, period, window_start, player_id)
WHERE (t.rank, t.score) IS DISTINCT FROM (l.rank, l.score)
ORDER BY game_id, period, window_start, player_id
LIMIT $4
