-- Allows one refresher per board at a time: an advisory lock that is released at the end of the transaction.
-- $1 text game id, $2 text period, $3 text window start
-- => locked boolean
SELECT pg_try_advisory_xact_lock(hashtextextended($1 || chr(10) || $2 || chr(10) || $3, 20261)) AS locked
