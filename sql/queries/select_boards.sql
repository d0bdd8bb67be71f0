-- Every board that has a score or a top.
-- => game_id, period, window_start (YYYY-MM-DD)
SELECT game_id, period, window_start::text FROM (
  SELECT game_id, period, window_start FROM player_scores
  UNION SELECT game_id, period, window_start FROM leaderboards) AS b
ORDER BY game_id, period, window_start
