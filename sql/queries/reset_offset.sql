-- Restarts a partition in a new epoch, because its log is not the one that was read before. The ledger drops
-- the events that were already counted.
-- $1 text consumer group, $2 text topic, $3 int partition, $4 bigint epoch, $5 bigint offset to start at
-- => epoch bigint: the new one, or no row if another consumer owns the partition
UPDATE consumer_offsets
SET next_offset = $5, anchor = NULL, epoch = epoch + 1, log_epoch = epoch + 1, log_started_at = now(),
  updated_at = now()
WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND epoch = $4
RETURNING epoch
