import { Box } from 'ink';

import type { Screen } from '../terminal/terminal.js';
import { Tone } from '../terminal/tone.js';

const keys = [
  ['1 to 5, tab', 'pipeline, events, lag, leaderboard, dead letters'],
  ['↑ ↓ PgUp PgDn', 'select a line; Home and End: the first and last'],
  ['/', 'filter: type, then Enter; Esc clears it'],
  ['g', "the next game's leaderboard"],
  ['← →', 'daily, weekly, all-time leaderboard'],
  ['p', 'pause and resume the view; counting continues'],
  ['?', 'this help'],
  ['q, Ctrl-C', 'quit; "up" then stops its instance'],
] as const;

const words = [
  'per second: over the last second; sparklines show the last minutes',
  'lag: records between the offset stored with the effects and the log end',
  'in/s, out/s, caught up: over the last five seconds; stalled: none processed',
  'p50, p99: requests in the last five seconds, from the buckets of /metrics',
  '▲ ▼ new: changes on the board in the last ten seconds',
] as const;

/** Explains the keys and the terms. */
export function Help({ screen }: { readonly screen: Screen }) {
  return (
    <Box flexDirection="column">
      {keys.map(([key, what]) => (
        <Tone key={key} screen={screen}>{`  ${key.padEnd(16)}${what}`}</Tone>
      ))}
      <Tone screen={screen}> </Tone>
      {words.map((line) => (
        <Tone key={line} tone="quiet" screen={screen}>{`  ${line}`}</Tone>
      ))}
    </Box>
  );
}
