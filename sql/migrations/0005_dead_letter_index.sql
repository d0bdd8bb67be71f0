-- An index entry has room for 2,700 bytes, but the event_id of a dead letter may have any length.
-- One character more than the length of a UUID is enough to distinguish them.
DROP INDEX dlq_events_event_id;
CREATE INDEX dlq_events_event_id ON dlq_events (lower(left(original_event ->> 'event_id', 37)));
