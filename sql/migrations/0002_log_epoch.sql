-- Since which epoch a group reads the log that its offset is of: it starts over when the log turns out
-- to be another one. What Redis notes of an older epoch says nothing about this log.
ALTER TABLE consumer_offsets ADD COLUMN log_epoch bigint NOT NULL DEFAULT 0;
