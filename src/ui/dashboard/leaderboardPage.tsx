import { Box } from 'ink';

import { Board } from '../pipeline/board.js';
import { printable } from '../terminal/text.js';
import { Tone } from '../terminal/tone.js';
import { matches, type PageProps } from './page.js';

const gamesWidth = 26;

/** As much of one board as fits, and the games that have boards. */
export function LeaderboardPage({ frame, state, rows, screen }: PageProps) {
  const { board, games = [] } = frame.snapshot ?? {};
  const found =
    board === undefined
      ? undefined
      : { ...board, rows: board.rows.filter(({ playerId }) => matches(state.filter, playerId)) };
  const room = Math.max(1, rows - 1);
  const from = Math.max(0, Math.min(state.line, (found?.rows.length ?? 0) - room));
  const current = Math.max(0, games.indexOf(board?.gameId ?? ''));
  const firstGame = Math.max(0, Math.min(current - Math.floor(room / 2), games.length - room));
  return (
    <Box>
      <Board
        board={found}
        rows={room}
        from={from}
        width={Math.max(20, Math.min(80, screen.columns - gamesWidth - 2))}
        screen={screen}
      />
      <Box flexDirection="column" width={gamesWidth}>
        <Tone bold screen={screen}>{`games (${games.length})`}</Tone>
        {games.slice(firstGame, firstGame + room).map((game) => (
          <Tone key={game} tone={game === board?.gameId ? undefined : 'quiet'} screen={screen}>
            {`${game === board?.gameId ? '›' : ' '} ${printable(game)}`}
          </Tone>
        ))}
      </Box>
    </Box>
  );
}
