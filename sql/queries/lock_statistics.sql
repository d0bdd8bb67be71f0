-- Reads and locks some players' totals: no other transaction changes and publishes them meanwhile.
-- $1 text[] player ids
-- => the columns of add_statistics.sql, ordered by player
SELECT player_id, total_events, event_breakdown, last_event_at,
  session_started_at, session_last_at, session_events, session_game_id
FROM player_statistics
WHERE player_id = ANY ($1::text[])
ORDER BY player_id
FOR UPDATE
