-- Deletes the marks that a refresh has covered.
-- $1 text game id, $2 text period, $3 date window start, $4 int[] partitions, $5 bigint[] changes
DELETE FROM dirty_boards AS d
USING unnest($4::int[], $5::bigint[]) AS seen (partition, changes)
WHERE d.game_id = $1 AND d.period = $2 AND d.window_start = $3
  AND d.partition = seen.partition AND d.changes = seen.changes
