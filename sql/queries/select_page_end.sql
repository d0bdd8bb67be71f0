-- The last player of a page with at least this many events; a player's events are never split between pages.
-- $1 text the last player of the page before ('' for the first), $2 int events
-- => player_id, or no row if fewer events are left
SELECT player_id FROM events WHERE player_id > $1 ORDER BY player_id OFFSET $2 LIMIT 1
