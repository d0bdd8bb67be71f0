-- Part of a board by its scores alone, for windows that Redis no longer keeps.
-- $1 text game id, $2 text period, $3 date window start, $4 int rows before, $5 int how many
-- => rank (shared by the same score), player_id, score in the board's order
SELECT rank, player_id, score FROM (
  SELECT player_id, score, rank() OVER (ORDER BY score DESC)::int AS rank
  FROM player_scores WHERE game_id = $1 AND period = $2 AND window_start = $3
) AS ranked
ORDER BY score DESC, player_id DESC
OFFSET $4 LIMIT $5
