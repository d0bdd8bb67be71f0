import { Box, Text } from 'ink';

import type { BoardSnapshot } from '../pipeline/observe/snapshot.js';

import type { Screen } from './terminal.js';
import { Tone } from './tone.js';
import { groupedNumber, printable } from './text.js';

interface Props {
  readonly board: BoardSnapshot | undefined;
  /** Rows of players to show. */
  readonly rows: number;
  readonly screen: Screen;
}

/** The top of a leaderboard. */
export function Board({ board, rows, screen }: Props) {
  return (
    <Box flexDirection="column" width={46} marginRight={2}>
      <Tone bold screen={screen}>
        {board === undefined
          ? 'leaderboard: no scores yet'
          : printable(`${board.period} leaderboard  ${board.gameId}  ${board.window}`)}
      </Tone>
      {board?.rows.slice(0, rows).map((row) => (
        <Box key={row.playerId}>
          <Box width={4} flexShrink={0} justifyContent="flex-end" marginRight={2}>
            <Text>{row.rank}</Text>
          </Box>
          <Box flexGrow={1} flexBasis={0} marginRight={2}>
            <Text wrap="truncate-end">{printable(row.playerId)}</Text>
          </Box>
          <Box flexShrink={0}>
            <Text>{groupedNumber(row.score)}</Text>
          </Box>
        </Box>
      ))}
    </Box>
  );
}
