-- The game whose board changed last.
-- => game_id
SELECT game_id FROM leaderboards ORDER BY updated_at DESC LIMIT 1
