-- An index entry has room for 2,700 bytes, and what a dead letter has as its event_id may be of any length.
-- One character more than a UUID has is enough to tell them apart.
DROP INDEX dlq_events_event_id;
CREATE INDEX dlq_events_event_id ON dlq_events (lower(left(original_event ->> 'event_id', 37)));
