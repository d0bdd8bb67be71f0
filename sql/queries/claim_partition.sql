-- Makes the caller the partition's owner: the new epoch fences the previous owner.
-- $1 text consumer group, $2 text topic, $3 int partition
-- => next_offset bigint, anchor bytea or null, epoch bigint, log_epoch bigint
INSERT INTO consumer_offsets AS o (consumer_group, topic, partition)
VALUES ($1, $2, $3)
ON CONFLICT (consumer_group, topic, partition)
DO UPDATE SET epoch = o.epoch + 1, updated_at = now()
RETURNING next_offset, anchor, epoch, log_epoch
