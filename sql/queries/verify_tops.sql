-- Rows of `leaderboards` that are not the top 100 of their board by `player_scores`, but for boards that
-- are marked to be rewritten.
-- $1 int the most to return
-- => game_id, period, window_start (YYYY-MM-DD), player_id, expected {rank, score} or null, actual likewise
WITH ranked AS (
  SELECT *, rank() OVER board::int AS rank,
    row_number() OVER (PARTITION BY game_id, period, window_start ORDER BY score DESC, player_id DESC) AS position
  FROM player_scores
  WINDOW board AS (PARTITION BY game_id, period, window_start ORDER BY score DESC)
), top AS (
  SELECT * FROM ranked WHERE position <= 100
)
SELECT game_id, period, window_start::text, player_id,
  CASE WHEN t.player_id IS NOT NULL THEN jsonb_build_object('rank', t.rank, 'score', t.score) END AS expected,
  CASE WHEN l.player_id IS NOT NULL THEN jsonb_build_object('rank', l.rank, 'score', l.score) END AS actual
FROM top t FULL JOIN leaderboards l USING (game_id, period, window_start, player_id)
WHERE (t.rank, t.score) IS DISTINCT FROM (l.rank, l.score)
  AND (game_id, period, window_start) NOT IN (SELECT game_id, period, window_start FROM dirty_boards)
ORDER BY game_id, period, window_start, player_id
LIMIT $1
