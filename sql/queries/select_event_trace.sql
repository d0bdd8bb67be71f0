-- The rows of an event_id, each with its state in the other groups' ledgers.
-- $1 uuid event id
-- => the columns of events; in_statistics, in_leaderboards boolean: whether that group has counted it
SELECT event_id, event_type, player_id, game_id, event_timestamp, ingested_at, data,
  kafka_partition, kafka_offset, created_at,
  EXISTS (
    SELECT FROM statistics_ledger AS ledger
    WHERE ledger.event_id = events.event_id AND ledger.player_id = events.player_id
  ) AS in_statistics,
  EXISTS (
    SELECT FROM leaderboard_ledger AS ledger
    WHERE ledger.event_id = events.event_id AND ledger.player_id = events.player_id
  ) AS in_leaderboards
FROM events WHERE event_id = $1 ORDER BY player_id
