-- The claim check that begins every batch's transaction: advances the stored offset if the caller
-- still owns the partition and the offset is unchanged. No row: another consumer owns the partition.
-- $1 text consumer group, $2 text topic, $3 int partition, $4 bigint epoch,
-- $5 bigint from, $6 bigint to, $7 bytea anchor or null
-- => one row, or none
UPDATE consumer_offsets
SET next_offset = $6, anchor = $7, updated_at = now()
WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND epoch = $4 AND next_offset = $5
RETURNING 1
