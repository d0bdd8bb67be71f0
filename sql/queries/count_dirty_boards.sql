-- Counts the boards whose top must be rewritten.
-- => boards int
SELECT count(DISTINCT (game_id, period, window_start))::int AS boards FROM dirty_boards
