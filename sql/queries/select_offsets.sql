-- The offsets that the effects of some groups have reached.
-- $1 text[] consumer groups
-- => consumer_group, topic, partition, next_offset
SELECT consumer_group, topic, partition, next_offset FROM consumer_offsets
WHERE consumer_group = ANY ($1::text[])
