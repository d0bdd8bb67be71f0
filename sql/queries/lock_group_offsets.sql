-- Blocks a group's batches, which begin with these rows, until the transaction ends.
-- $1 text consumer group
SELECT partition FROM consumer_offsets WHERE consumer_group = $1 ORDER BY topic, partition FOR UPDATE
