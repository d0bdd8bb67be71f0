-- Rewrites a board's top: it then holds only the rows of these players, with their ranks.
-- $1 text game id, $2 text period, $3 date window start, $4 text[] the top's player ids
-- => rank, player_id, score in the board's order
WITH top AS (
  SELECT player_id, score, rank() OVER (ORDER BY score DESC)::int AS rank
  FROM player_scores
  WHERE game_id = $1 AND period = $2 AND window_start = $3 AND player_id = ANY ($4::text[])
), gone AS (
  DELETE FROM leaderboards
  WHERE game_id = $1 AND period = $2 AND window_start = $3
    AND player_id NOT IN (SELECT player_id FROM top)
), written AS (
  INSERT INTO leaderboards AS l (game_id, period, window_start, player_id, rank, score)
  SELECT $1, $2, $3, player_id, rank, score FROM top ORDER BY player_id
  ON CONFLICT (game_id, period, window_start, player_id)
  DO UPDATE SET rank = excluded.rank, score = excluded.score, updated_at = now()
  WHERE (l.rank, l.score) IS DISTINCT FROM (excluded.rank, excluded.score)
)
SELECT rank, player_id, score FROM top ORDER BY score DESC, player_id DESC
