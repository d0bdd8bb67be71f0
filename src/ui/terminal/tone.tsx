import { Text } from 'ink';
import type { ReactNode } from 'react';

import type { Screen } from './terminal.js';

const colours = {
  good: 'green',
  warn: 'yellow',
  bad: 'red',
  quiet: 'gray',
  accent: 'cyan',
} as const;

export type ToneName = keyof typeof colours;

interface Props {
  readonly screen: Screen;
  readonly tone?: ToneName | undefined;
  readonly bold?: boolean;
  readonly children: ReactNode;
}

/**
 * One line of text in a tone, truncated at the end of its box. The tone only repeats what the words
 * or a symbol say: nothing is lost without colour.
 */
export function Tone({ screen, tone, bold = false, children }: Props) {
  const colour = tone !== undefined && screen.colour ? { color: colours[tone] } : {};
  return (
    <Text {...colour} bold={bold && screen.colour} wrap="truncate-end">
      {children}
    </Text>
  );
}

/** An empty line. */
export function Gap() {
  return <Text> </Text>;
}
