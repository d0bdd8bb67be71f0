-- The totals of some players.
-- $1 text[] player ids
-- => player_id, total_events
SELECT player_id, total_events FROM player_statistics WHERE player_id = ANY ($1::text[])
