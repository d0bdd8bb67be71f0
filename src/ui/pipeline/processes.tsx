import { Box } from 'ink';

import type { Screen } from '../terminal/terminal.js';
import { printable } from '../terminal/text.js';
import { Tone } from '../terminal/tone.js';
import type { ProcessStatus } from './frame.js';

const marks = {
  starting: ['…', 'warn'],
  ready: ['●', 'good'],
  restarting: ['↻', 'warn'],
  failed: ['✖', 'bad'],
  stopped: ['○', 'quiet'],
} as const;

interface Props {
  readonly processes: readonly ProcessStatus[];
  readonly rows: number;
  readonly screen: Screen;
}

/** The instance's processes, one per line. */
export function Processes({ processes, rows, screen }: Props) {
  return (
    <Box flexDirection="column" width={32}>
      {processes.slice(0, rows).map((process) => (
        <Tone key={process.name} tone={marks[process.state][1]} screen={screen}>
          {`${marks[process.state][0]} ${printable(processText(process))}`}
        </Tone>
      ))}
    </Box>
  );
}

/** `worker ready, 2 restarts`. */
export function processText({ name, state, restarts }: ProcessStatus): string {
  const again = restarts === 0 ? '' : `, ${restarts} restart${restarts === 1 ? '' : 's'}`;
  return `${name} ${state}${again}`;
}
