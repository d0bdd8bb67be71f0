-- The games that have a board in a window.
-- $1 text period, $2 date window start
-- => game_id
SELECT DISTINCT game_id FROM leaderboards WHERE period = $1 AND window_start = $2
