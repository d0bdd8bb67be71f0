import type { Leaderboard } from '../pipeline/queries/leaderboard.js';

import { renderTable } from './table.js';
import type { Screen } from './terminal.js';
import { printable } from './text.js';

/** A leaderboard as text: a title for a person, and the table. */
export function leaderboardText(board: Leaderboard, screen: Screen): string {
  const table = renderTable(
    {
      head: ['rank', 'player', 'score'],
      rows: board.rows.map(({ rank, player_id, score }) => [rank, player_id, score]),
    },
    screen,
  );
  if (!screen.interactive) return table;
  const window = board.period === board.window ? '' : ` ${board.window}`;
  const title = printable(`${board.period} leaderboard of ${board.game_id}${window}`);
  return board.rows.length === 0 ? `${title}: no scores` : `${title}\n${table}`;
}
