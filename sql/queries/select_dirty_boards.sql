-- The boards whose top must be rewritten.
-- $1 int limit
-- => game_id, period, window_start (YYYY-MM-DD)
SELECT DISTINCT game_id, period, window_start::text FROM dirty_boards LIMIT $1
