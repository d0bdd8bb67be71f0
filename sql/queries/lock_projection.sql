-- Allows one rebuild of a group's projection at a time; the lock is released at the end of the transaction.
-- $1 text consumer group
SELECT pg_advisory_xact_lock(hashtextextended($1, 20262))
