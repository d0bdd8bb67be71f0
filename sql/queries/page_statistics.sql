-- Reads a page of the statistics.
-- $1 text the last player of the page before ('' for the first), $2 int limit
-- => the columns of add_statistics.sql, ordered by player
SELECT player_id, total_events, event_breakdown, last_event_at,
  session_started_at, session_last_at, session_events, session_game_id
FROM player_statistics WHERE player_id > $1 ORDER BY player_id LIMIT $2
