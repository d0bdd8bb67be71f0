-- Counts the players of a board.
-- $1 text game id, $2 text period, $3 date window start
-- => players int
SELECT count(*)::int AS players FROM player_scores WHERE game_id = $1 AND period = $2 AND window_start = $3
