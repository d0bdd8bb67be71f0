-- The dead letters of an event_id, by an index on exactly this expression.
-- $1 text event id, in lower case
-- => consumer_service, error_code, error_message text, failed_at timestamptz
SELECT consumer_service, error_code, error_message, failed_at
FROM dlq_events WHERE lower(left(original_event ->> 'event_id', 37)) = $1 ORDER BY id
