-- Counts what a verification compares.
-- => events, players, scores, boards, dead_letters, all int
SELECT (SELECT count(*)::int FROM events) AS events,
  (SELECT count(*)::int FROM player_statistics) AS players,
  (SELECT count(*)::int FROM player_scores) AS scores,
  (SELECT count(*)::int FROM (SELECT DISTINCT game_id, period, window_start FROM player_scores) b) AS boards,
  (SELECT count(*)::int FROM dlq_events) AS dead_letters
