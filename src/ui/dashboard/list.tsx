import { Box } from 'ink';

import type { Screen } from '../terminal/terminal.js';
import { Tone, type ToneName } from '../terminal/tone.js';

interface Props {
  readonly head: string;
  readonly lines: readonly ListLine[];
  /** Index of the selected line; may exceed the last one. */
  readonly line: number;
  /** Lines available, including the header. */
  readonly rows: number;
  /** Shown if there are no lines. */
  readonly empty: string;
  readonly screen: Screen;
}

export interface ListLine {
  readonly key: string;
  readonly text: string;
  readonly tone?: ToneName | undefined;
}

/** A list that scrolls to the selected line, and marks it. */
export function List({ head, lines, line, rows, empty, screen }: Props) {
  const room = Math.max(1, rows - 1);
  const selected = selectedLine(lines, line);
  const from = Math.max(0, Math.min(selected - Math.floor(room / 2), lines.length - room));
  return (
    <Box flexDirection="column">
      <Tone bold screen={screen}>{`  ${head}`}</Tone>
      {lines.length === 0 && (
        <Tone tone="quiet" screen={screen}>
          {`  ${empty}`}
        </Tone>
      )}
      {lines.slice(from, from + room).map(({ key, text, tone }, index) => (
        <Tone key={key} tone={tone} bold={from + index === selected} screen={screen}>
          {`${from + index === selected ? '›' : ' '} ${text}`}
        </Tone>
      ))}
    </Box>
  );
}

/** Index of the selected line of a list that may have become shorter; -1 if it is empty. */
export function selectedLine(lines: readonly unknown[], line: number): number {
  return Math.min(line, lines.length - 1);
}
