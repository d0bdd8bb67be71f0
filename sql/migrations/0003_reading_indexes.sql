-- For the frequent queries of views and waits.
CREATE INDEX leaderboards_updated_at ON leaderboards (updated_at);
CREATE INDEX leaderboards_period_window_start ON leaderboards (period, window_start);
CREATE INDEX dlq_events_event_id ON dlq_events (lower(original_event ->> 'event_id'));
