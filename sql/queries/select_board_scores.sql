-- The scores of some players on some boards.
-- One element per row: $1 text[] game ids, $2 text[] periods, $3 date[] window starts, $4 text[] player ids
-- => game_id, period, window_start (YYYY-MM-DD), player_id, score of the existing rows
SELECT game_id, period, window_start::text, player_id, score
FROM unnest($1::text[], $2::text[], $3::date[], $4::text[]) AS b (game_id, period, window_start, player_id)
JOIN player_scores USING (game_id, period, window_start, player_id)
