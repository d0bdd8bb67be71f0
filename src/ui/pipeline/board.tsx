import { Box } from 'ink';

import type { BoardRow, BoardSnapshot } from '../../pipeline/observe/snapshot.js';
import type { Screen } from '../terminal/terminal.js';
import { fitText, groupedNumber, printable } from '../terminal/text.js';
import { Tone } from '../terminal/tone.js';

interface Props {
  readonly board: BoardSnapshot | undefined;
  /** Rows of players to show. */
  readonly rows: number;
  /** Index of the first one, from 0. */
  readonly from?: number;
  readonly width?: number;
  readonly screen: Screen;
}

/** The top of a leaderboard, with the players' movements. */
export function Board({ board, rows, from = 0, width = 46, screen }: Props) {
  return (
    <Box flexDirection="column" width={width} marginRight={2}>
      <Tone bold screen={screen}>
        {boardTitle(board)}
      </Tone>
      {board?.rows.slice(from, from + rows).map((row) => (
        <Tone key={row.playerId} tone={toneOf(row)} screen={screen}>
          {boardLine(row, width)}
        </Tone>
      ))}
    </Box>
  );
}

/** A title such as `daily leaderboard  game-1  2026-11-24`. */
function boardTitle(board: BoardSnapshot | undefined): string {
  if (board === undefined) return 'leaderboard: no scores yet';
  const window = board.window === board.period ? '' : `  ${board.window}`;
  return printable(`${board.period} leaderboard  ${board.gameId}${window}`);
}

const fixed = { rank: 5, movement: 5 } as const;

function boardLine(row: BoardRow, width: number): string {
  const score = groupedNumber(row.score);
  const scoreWidth = Math.max(score.length, 10);
  const name = Math.max(0, width - fixed.rank - fixed.movement - 1 - scoreWidth);
  return (
    `${fitText(String(row.rank), fixed.rank - 1, 'right')} ` +
    `${fitText(movementText(row.movement), fixed.movement)}${fitText(printable(row.playerId), name)} ` +
    fitText(score, scoreWidth, 'right')
  );
}

/** `▲2`, `▼1`, `new`, or nothing. */
export function movementText(movement: number | undefined): string {
  if (movement === undefined) return 'new';
  if (movement === 0) return '';
  return movement > 0 ? `▲${movement}` : `▼${-movement}`;
}

function toneOf({ movement }: BoardRow): 'good' | 'warn' | undefined {
  if (movement === 0) return undefined;
  return movement === undefined || movement > 0 ? 'good' : 'warn';
}
