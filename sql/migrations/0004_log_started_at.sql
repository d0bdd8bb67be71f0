-- When a group began to read the log that its offset is of. Offsets of events that were stored before
-- are of another log, and say nothing about this one.
ALTER TABLE consumer_offsets ADD COLUMN log_started_at timestamptz NOT NULL DEFAULT '-infinity';
