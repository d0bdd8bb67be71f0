-- Starts a partition over, in a new epoch: its log is not the one that was read. The ledger drops
-- what was counted.
-- $1 text consumer group, $2 text topic, $3 int partition, $4 bigint epoch, $5 bigint offset to start at
-- => epoch bigint: the new one, or no row where another owns the partition
UPDATE consumer_offsets
SET next_offset = $5, anchor = NULL, epoch = epoch + 1, log_epoch = epoch + 1, log_started_at = now(),
  updated_at = now()
WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND epoch = $4
RETURNING epoch
