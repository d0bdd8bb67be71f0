-- How far a group's effects have come.
-- $1 text consumer group
-- => topic, partition, next_offset, epoch
SELECT topic, partition, next_offset, epoch FROM consumer_offsets WHERE consumer_group = $1
