-- Counts the partitions in which a group is ahead of the logger.
-- $1 text group, $2 text the logger's group
-- => partitions int
SELECT count(*)::int AS partitions
FROM consumer_offsets s LEFT JOIN consumer_offsets g
  ON g.consumer_group = $2 AND g.topic = s.topic AND g.partition = s.partition
WHERE s.consumer_group = $1 AND s.next_offset > coalesce(g.next_offset, 0)
