-- Counts the events of a UTC day, by event time.
-- $1 date
-- => event_type text, or null in the row for all types; events, players, games bigint;
--    most events first
SELECT event_type, count(*) AS events, count(DISTINCT player_id) AS players,
  count(DISTINCT game_id) AS games
FROM events
WHERE event_timestamp >= $1::date AT TIME ZONE 'UTC'
  AND event_timestamp < ($1::date + 1) AT TIME ZONE 'UTC'
GROUP BY GROUPING SETS ((event_type), ())
ORDER BY event_type IS NULL, events DESC, event_type
