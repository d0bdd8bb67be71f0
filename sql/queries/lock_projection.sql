-- One rebuild of a group's projection at a time; the transaction's end gives the lock back.
-- $1 text consumer group
SELECT pg_advisory_xact_lock(hashtextextended($1, 20262))
