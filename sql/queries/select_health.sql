-- Whether the pipeline can work with this database.
-- => version int (such as 180001), read_only boolean, may_insert boolean, or null without the table "events",
--    now timestamptz
SELECT current_setting('server_version_num')::int AS version,
  current_setting('transaction_read_only')::boolean AS read_only,
  CASE WHEN to_regclass('events') IS NOT NULL
    THEN has_table_privilege(to_regclass('events')::oid, 'INSERT') END AS may_insert,
  clock_timestamp() AS now
