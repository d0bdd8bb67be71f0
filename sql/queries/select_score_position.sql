-- Counts the rows before a player on a board, in the board's order.
-- $1 text game id, $2 text period, $3 date window start, $4 text player id
-- => position int; no row if the player is not on the board
SELECT (SELECT count(*) FROM player_scores o
  WHERE o.game_id = $1 AND o.period = $2 AND o.window_start = $3
    AND (o.score, o.player_id) > (p.score, p.player_id))::int AS position
FROM player_scores p
WHERE p.game_id = $1 AND p.period = $2 AND p.window_start = $3 AND p.player_id = $4
