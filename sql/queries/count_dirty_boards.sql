-- Boards whose top is to be rewritten.
-- => boards int
SELECT count(*)::int AS boards FROM dirty_boards
