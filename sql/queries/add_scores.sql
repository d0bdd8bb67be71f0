-- Adds to the players' scores on their boards and marks the boards as changed.
-- One element per (board, player), sorted by all four: $1 text[] game ids, $2 text[] periods,
-- $3 date[] window starts, $4 text[] player ids, $5 numeric[] scores to add (numeric, so that a sum
-- out of range fails on the check of its own row); $6 int partition
-- => game_id, period, window_start (YYYY-MM-DD), player_id, score after the change
WITH changed AS (
  INSERT INTO player_scores AS s (game_id, period, window_start, player_id, score)
  SELECT game_id, period, window_start, player_id, added::bigint
  FROM unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::numeric[])
    AS a (game_id, period, window_start, player_id, added)
  ON CONFLICT (game_id, period, window_start, player_id)
  DO UPDATE SET score = s.score + excluded.score
  RETURNING game_id, period, window_start, player_id, score
), marked AS (
  INSERT INTO dirty_boards AS d (game_id, period, window_start, partition)
  SELECT DISTINCT game_id, period, window_start, $6::int FROM changed
  ORDER BY game_id, period, window_start
  ON CONFLICT (game_id, period, window_start, partition) DO UPDATE SET changes = d.changes + 1
)
SELECT game_id, period, window_start::text, player_id, score FROM changed
