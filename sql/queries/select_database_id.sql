-- The id of this database.
-- => database_id uuid
SELECT database_id FROM gamemetrics_meta
