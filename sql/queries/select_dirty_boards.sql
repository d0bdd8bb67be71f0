-- The boards whose top is to be rewritten.
-- $1 int the most to return
-- => game_id, period, window_start (YYYY-MM-DD)
SELECT DISTINCT game_id, period, window_start::text FROM dirty_boards LIMIT $1
