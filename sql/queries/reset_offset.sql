-- Starts a partition over: its log is not the one that was read. The ledger drops what was counted.
-- $1 text consumer group, $2 text topic, $3 int partition, $4 bigint epoch, $5 bigint offset to start at
-- => one row, or none where another owns the partition
UPDATE consumer_offsets
SET next_offset = $5, anchor = NULL, updated_at = now()
WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND epoch = $4
RETURNING 1
