-- A player's totals.
-- $1 text player id
-- => the columns of player_statistics
SELECT player_id, total_events, event_breakdown, last_event_at,
  session_started_at, session_last_at, session_events, session_game_id, updated_at
FROM player_statistics WHERE player_id = $1
