-- The scores of some games on the all-time boards and on the boards that begin on or after a day.
-- $1 text[] game ids, $2 date
-- => game_id, period, window_start (YYYY-MM-DD), player_id, score
SELECT game_id, period, window_start::text, player_id, score FROM player_scores
WHERE game_id = ANY ($1::text[]) AND (period = 'alltime' OR window_start >= $2::date)
