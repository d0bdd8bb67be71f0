import { Box, Text } from 'ink';

import type { PipelineFrame, RateHistory } from './frame.js';
import { sparkline } from './sparkline.js';
import type { Screen } from './terminal.js';
import { Gap, Tone } from './tone.js';
import { groupedNumber, rateText } from './text.js';

const columns = { name: 14, events: 14, rate: 11, lag: 11 } as const;
const fixedColumns = columns.name + columns.events + columns.rate + columns.lag + 2;

/** Lines that {@link Stages} takes for a number of consumer groups. */
export function stageLines(groups: number): number {
  return groups + 3;
}

interface Props {
  readonly frame: PipelineFrame;
  readonly screen: Screen;
}

/** How much each stage has processed, how fast, and how far it is behind. */
export function Stages({ frame: { snapshot, rates }, screen }: Props) {
  const spark = Math.max(0, Math.min(40, screen.columns - fixedColumns));
  return (
    <Box flexDirection="column">
      <Row screen={screen} cells={['stage', 'events', 'per second', 'lag']} />
      <Row
        screen={screen}
        cells={[
          'ingest',
          snapshot === undefined ? '-' : groupedNumber(snapshot.produced),
          snapshot === undefined ? '-' : rateText(snapshot.producedPerSecond),
          '',
        ]}
        spark={sparkOf(rates, 'ingest', spark)}
      />
      {snapshot?.groups.map((group) => (
        <Row
          key={group.group}
          screen={screen}
          cells={[
            group.role,
            groupedNumber(group.processed),
            rateText(group.processedPerSecond),
            groupedNumber(group.lag),
          ]}
          spark={sparkOf(rates, group.role, spark)}
        />
      ))}
      <DeadLetters count={snapshot?.deadLetters} screen={screen} />
    </Box>
  );
}

interface RowProps {
  readonly screen: Screen;
  readonly cells: readonly [name: string, events: string, rate: string, lag: string];
  readonly spark?: string;
}

function Row({ screen, cells: [name, events, rate, lag], spark = '' }: RowProps) {
  return (
    <Box>
      <Box width={columns.name}>
        <Text wrap="truncate-end">{name}</Text>
      </Box>
      <Number width={columns.events} text={events} />
      <Number width={columns.rate} text={rate} />
      <Number width={columns.lag} text={lag} />
      <Box marginLeft={2}>
        <Tone tone="quiet" screen={screen}>
          {spark}
        </Tone>
      </Box>
    </Box>
  );
}

function Number({ width, text }: { readonly width: number; readonly text: string }) {
  return (
    <Box width={width} justifyContent="flex-end">
      <Text>{text}</Text>
    </Box>
  );
}

function DeadLetters({ count, screen }: { readonly count: number | undefined; screen: Screen }) {
  if (count === undefined) return <Gap />;
  return (
    <Tone tone={count > 0 ? 'warn' : undefined} screen={screen}>
      {`dead letters  ${groupedNumber(count).padStart(columns.events)}${count > 0 ? '  !' : ''}`}
    </Tone>
  );
}

function sparkOf(rates: RateHistory, stage: string, width: number): string {
  return sparkline(rates.get(stage) ?? [], width);
}
