-- The epoch since which a group has read the log of its offset; the group restarts if the log turns out to
-- be another one. Redis's markers of an older epoch do not apply to this log.
ALTER TABLE consumer_offsets ADD COLUMN log_epoch bigint NOT NULL DEFAULT 0;
