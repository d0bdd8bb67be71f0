-- Where a page of players ends that has so many events, or more where its last player has.
-- $1 text the last player of the page before ('' for the first), $2 int events
-- => player_id, or no row where less is left
SELECT player_id FROM events WHERE player_id > $1 ORDER BY player_id OFFSET $2 LIMIT 1
