-- Dead letters that are stored.
-- => letters int
SELECT count(*)::int AS letters FROM dlq_events
