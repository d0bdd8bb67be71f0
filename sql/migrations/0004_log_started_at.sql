-- When a group began to read the log of its offset. Events that were stored earlier have offsets of another
-- log, which do not apply to this one.
ALTER TABLE consumer_offsets ADD COLUMN log_started_at timestamptz NOT NULL DEFAULT '-infinity';
