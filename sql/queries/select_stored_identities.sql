-- The events, out of those given, that are stored, and whether they were stored before an instant.
-- $1 uuid[] event ids, $2 text[] player ids: one element an event; $3 timestamptz
-- => index int (from 0, into the arrays), before boolean
SELECT (ordinal - 1)::int AS index, created_at < $3 AS before
FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS wanted (event_id, player_id, ordinal)
JOIN events USING (event_id, player_id)
