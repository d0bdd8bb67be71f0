-- How many players each board has.
-- => game_id, period, window_start (YYYY-MM-DD), players int
SELECT game_id, period, window_start::text, count(*)::int AS players
FROM player_scores GROUP BY game_id, period, window_start
