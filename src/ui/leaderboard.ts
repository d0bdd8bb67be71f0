import type { Leaderboard } from '../pipeline/read/leaderboard.js';
import { renderTable } from './terminal/table.js';
import type { Screen } from './terminal/terminal.js';
import { printable } from './terminal/text.js';

/** A title such as `daily leaderboard of game-1, 2026-11-24`. */
export function leaderboardTitle({ period, game_id, window, rows }: Leaderboard): string {
  const when = period === window ? '' : `, ${window}`;
  return (
    printable(`${period} leaderboard of ${game_id}${when}`) + (rows.length > 0 ? '' : ': empty')
  );
}

/** A leaderboard as a table. */
export function leaderboardText({ rows }: Leaderboard, screen: Screen): string {
  return renderTable(
    {
      head: ['rank', 'player', 'score'],
      rows: rows.map(({ rank, player_id, score }) => [rank, player_id, score]),
    },
    screen,
  );
}
