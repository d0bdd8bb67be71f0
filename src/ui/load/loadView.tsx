import { Box, Text } from 'ink';

import type { LoadProgress } from '../../load/tally.js';
import type { View } from '../terminal/live.js';
import { progressBar } from '../terminal/sparkline.js';
import type { Screen } from '../terminal/terminal.js';
import { groupedNumber, millisecondsText, printable, rateText } from '../terminal/text.js';
import { Tone } from '../terminal/tone.js';

/** The live view of a load that is being sent. */
export const loadView: View<LoadProgress> = {
  render: (load, screen) => <LoadBar load={load} screen={screen} />,
  plain: (load) => [loadLine(load)],
};

/** Lines that {@link LoadBar} takes. */
export function loadBarLines({ lastProblem }: LoadProgress): number {
  return lastProblem === undefined ? 2 : 3;
}

interface Props {
  readonly load: LoadProgress;
  readonly screen: Screen;
}

export function LoadBar({ load, screen }: Props) {
  const share = load.count === 0 ? 1 : load.sent / load.count;
  const lost = load.rejected + load.failed;
  return (
    <Box flexDirection="column">
      <Text wrap="truncate-end">
        {`load  ${progressBar(share, 24)} ${String(Math.floor(share * 100)).padStart(3)} %  ` +
          `${groupedNumber(load.sent)}/${groupedNumber(load.count)}  ${rateText(load.rate)}/s`}
      </Text>
      <Tone tone={lost > 0 ? 'bad' : undefined} screen={screen}>
        {`      accepted ${groupedNumber(load.accepted)}  ` +
          `${load.rejected > 0 ? '! ' : ''}rejected ${groupedNumber(load.rejected)}  ` +
          `${load.failed > 0 ? '! ' : ''}failed ${groupedNumber(load.failed)}  ` +
          `${load.retried > 0 ? `retried ${groupedNumber(load.retried)}  ` : ''}${latencyText(load)}`}
      </Tone>
      {load.lastProblem !== undefined && (
        <Tone tone="warn" screen={screen}>
          {printable(`      last problem: ${load.lastProblem}`)}
        </Tone>
      )}
    </Box>
  );
}

/** The progress of a load in one line. */
export function loadLine(load: LoadProgress): string {
  return (
    `load  sent ${load.sent}/${load.count}  ${load.rate.toFixed(1)}/s  ` +
    `accepted ${load.accepted}  rejected ${load.rejected}  failed ${load.failed}  ` +
    `retried ${load.retried}  ${latencyText(load)}` +
    (load.lastProblem === undefined ? '' : printable(`  last problem: ${load.lastProblem}`))
  );
}

function latencyText({ latencyMs }: LoadProgress): string {
  if (latencyMs === undefined) return '';
  return `p50 ${millisecondsText(latencyMs.p50)}  p99 ${millisecondsText(latencyMs.p99)}`;
}
