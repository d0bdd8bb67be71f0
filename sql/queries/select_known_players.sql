-- The players, out of those given, that have totals.
-- $1 text[] player ids
-- => player_id
SELECT player_id FROM player_statistics WHERE player_id = ANY ($1::text[])
