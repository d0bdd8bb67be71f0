-- The offsets that a group's effects have reached.
-- $1 text consumer group
-- => partition, next_offset, epoch, log_epoch
SELECT partition, next_offset, epoch, log_epoch FROM consumer_offsets WHERE consumer_group = $1
