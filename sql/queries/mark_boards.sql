-- Marks boards whose top must be rewritten.
-- One element per board, sorted by all three: $1 text[] game ids, $2 text[] periods, $3 date[] window starts
INSERT INTO dirty_boards AS d (game_id, period, window_start, partition)
SELECT DISTINCT game_id, period, window_start, 0
FROM unnest($1::text[], $2::text[], $3::date[]) AS b (game_id, period, window_start)
ORDER BY 1, 2, 3
ON CONFLICT (game_id, period, window_start, partition) DO UPDATE SET changes = d.changes + 1
