import { Box, Text } from 'ink';

import type { LoadProgress } from './frame.js';
import type { View } from './live.js';
import { progressBar } from './sparkline.js';
import type { Screen } from './terminal.js';
import { Tone } from './tone.js';
import { groupedNumber, millisecondsText, rateText } from './text.js';

/** A load that is being sent. */
export const loadView: View<LoadProgress> = {
  render: (load, screen) => <LoadBar load={load} screen={screen} />,
  plain: (load) => [loadLine(load)],
};

/** Lines that {@link LoadBar} takes. */
export const loadBarLines = 2;

interface Props {
  readonly load: LoadProgress;
  readonly screen: Screen;
}

export function LoadBar({ load, screen }: Props) {
  const share = load.count === 0 ? 1 : load.sent / load.count;
  const { p50, p99 } = load.latencyMs;
  const lost = load.rejected + load.failed;
  return (
    <Box flexDirection="column">
      <Text wrap="truncate-end">
        {`load  ${progressBar(share, 24)} ${String(Math.floor(share * 100)).padStart(3)} %  ` +
          `${groupedNumber(load.sent)}/${groupedNumber(load.count)}  ${rateText(rateOf(load))}/s`}
      </Text>
      <Tone tone={lost > 0 ? 'bad' : undefined} screen={screen}>
        {`      accepted ${groupedNumber(load.accepted)}  ` +
          `${load.rejected > 0 ? '! ' : ''}rejected ${groupedNumber(load.rejected)}  ` +
          `${load.failed > 0 ? '! ' : ''}failed ${groupedNumber(load.failed)}  ` +
          `p50 ${millisecondsText(p50)}  p99 ${millisecondsText(p99)}`}
      </Tone>
    </Box>
  );
}

/** The same in one line. */
export function loadLine(load: LoadProgress): string {
  const { p50, p99 } = load.latencyMs;
  return (
    `load  sent ${load.sent}/${load.count}  ${rateOf(load).toFixed(1)}/s  ` +
    `accepted ${load.accepted}  rejected ${load.rejected}  failed ${load.failed}  ` +
    `p50 ${millisecondsText(p50)}  p99 ${millisecondsText(p99)}`
  );
}

function rateOf(load: LoadProgress): number {
  return load.seconds > 0 ? load.sent / load.seconds : 0;
}
