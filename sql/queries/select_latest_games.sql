-- The games whose boards changed last.
-- $1 int limit
-- => game_id
SELECT game_id FROM leaderboards
WHERE period = 'alltime'
GROUP BY game_id ORDER BY max(updated_at) DESC, game_id LIMIT $1
