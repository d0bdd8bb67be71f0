-- Records that dead letters were written to their topic again.
-- $1 bigint[] ids
UPDATE dlq_events SET replayed_at = now() WHERE id = ANY ($1::bigint[])
