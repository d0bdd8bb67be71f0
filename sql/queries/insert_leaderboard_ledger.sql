-- Records that the leaderboard consumer has counted events.
-- $1 uuid[] event ids, $2 text[] player ids: one element an event, sorted by identity
-- => event_id, player_id of the events that had not been counted
INSERT INTO leaderboard_ledger (event_id, player_id)
SELECT * FROM unnest($1::uuid[], $2::text[])
ON CONFLICT (event_id, player_id) DO NOTHING
RETURNING event_id, player_id
