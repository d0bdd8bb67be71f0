-- Reads and locks a page of the scores, so that its values cannot overwrite a writer's newer ones.
-- $1 text, $2 text, $3 date, $4 text: game, period, window start and player of the last row of the
-- page before ('', '', '1970-01-01' and '' for the first page), $5 int limit
-- => game_id, period, window_start (YYYY-MM-DD), player_id, score, ordered by all columns but the score
SELECT game_id, period, window_start::text, player_id, score
FROM player_scores
WHERE (game_id, period, window_start, player_id) > ($1, $2, $3::date, $4)
ORDER BY game_id, period, window_start, player_id
LIMIT $5
FOR UPDATE
