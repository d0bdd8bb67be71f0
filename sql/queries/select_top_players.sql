-- A board's first players, from its scores alone, for windows that Redis no longer holds.
-- $1 text game id, $2 text period, $3 date window start, $4 int limit
-- => player_id
SELECT player_id FROM player_scores
WHERE game_id = $1 AND period = $2 AND window_start = $3
ORDER BY score DESC, player_id DESC
LIMIT $4
