-- Counts the stored dead letters.
-- => letters int
SELECT count(*)::int AS letters FROM dlq_events
