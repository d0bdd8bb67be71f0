-- Adds a batch's increments to the players' statistics and sessions.
-- One element per player, sorted by player:
-- $1 text[] player ids, $2 bigint[] events, $3 text[] events by type as JSON {type: count},
-- $4 timestamptz[] latest event time; the batch's last session segment, by ingest time:
-- $5 timestamptz[] its start, $6 timestamptz[] its end, $7 bigint[] its events, $8 text[] its game;
-- $9 interval: a longer pause starts a new session
-- => the players' totals after the change, all absolute
INSERT INTO player_statistics AS s
  (player_id, total_events, event_breakdown, last_event_at,
   session_started_at, session_last_at, session_events, session_game_id)
SELECT player_id, total_events, event_breakdown::jsonb, last_event_at,
  session_started_at, session_last_at, session_events, session_game_id
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[],
    $6::timestamptz[], $7::bigint[], $8::text[])
  AS b (player_id, total_events, event_breakdown, last_event_at,
    session_started_at, session_last_at, session_events, session_game_id)
ON CONFLICT (player_id) DO UPDATE SET
  total_events = s.total_events + excluded.total_events,
  -- Only the changed types are merged: the rest of the document is not parsed.
  event_breakdown = s.event_breakdown || (
    SELECT jsonb_object_agg(type, count::bigint + coalesce((s.event_breakdown ->> type)::bigint, 0))
    FROM jsonb_each_text(excluded.event_breakdown) AS t (type, count)),
  last_event_at = greatest(s.last_event_at, excluded.last_event_at),
  (session_started_at, session_last_at, session_events, session_game_id) = (
    SELECT
      CASE WHEN starts THEN excluded.session_started_at ELSE least(s.session_started_at, excluded.session_started_at) END,
      CASE WHEN starts THEN excluded.session_last_at ELSE greatest(s.session_last_at, excluded.session_last_at) END,
      CASE WHEN starts THEN excluded.session_events ELSE s.session_events + excluded.session_events END,
      excluded.session_game_id
    FROM (SELECT excluded.session_started_at > s.session_last_at + $9::interval AS starts) AS decision),
  updated_at = now()
RETURNING player_id, total_events, event_breakdown, last_event_at,
  session_started_at, session_last_at, session_events, session_game_id, updated_at
