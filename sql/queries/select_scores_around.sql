-- A part of a board, from its scores alone, for windows that Redis no longer holds.
-- $1 text game id, $2 text period, $3 date window start, $4 int offset, $5 int limit
-- => rank (equal scores share it), player_id, score in the board's order
SELECT rank, player_id, score FROM (
  SELECT player_id, score, rank() OVER (ORDER BY score DESC)::int AS rank
  FROM player_scores WHERE game_id = $1 AND period = $2 AND window_start = $3
) AS ranked
ORDER BY score DESC, player_id DESC
OFFSET $4 LIMIT $5
