-- Which database this is.
-- => database_id uuid
SELECT database_id FROM gamemetrics_meta
