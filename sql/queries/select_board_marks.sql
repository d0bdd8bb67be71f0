-- A board's marks. Read them before the board's scores, so that the mark of a later change is kept.
-- $1 text game id, $2 text period, $3 date window start
-- => partition int, changes bigint
SELECT partition, changes FROM dirty_boards WHERE game_id = $1 AND period = $2 AND window_start = $3
