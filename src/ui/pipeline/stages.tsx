import { Box } from 'ink';

import type { IngestSnapshot } from '../../pipeline/observe/snapshot.js';
import { sparkline } from '../terminal/sparkline.js';
import type { Screen } from '../terminal/terminal.js';
import { fitText, groupedNumber, millisecondsText, rateText } from '../terminal/text.js';
import { Tone } from '../terminal/tone.js';
import type { PipelineFrame } from './frame.js';

const columns = { name: 15, events: 13, rate: 11, lag: 11 } as const;
const fixedColumns = columns.name + columns.events + columns.rate + columns.lag + 2;

/** Lines that {@link Stages} takes for a number of consumer groups. */
export function stageLines(groups: number): number {
  return groups + 4;
}

interface Props {
  readonly frame: PipelineFrame;
  readonly screen: Screen;
}

/** How many events each stage has processed, how fast, and its lag. */
export function Stages({ frame: { snapshot, rates }, screen }: Props) {
  const spark = Math.max(0, Math.min(120, screen.columns - fixedColumns));
  const sparkOf = (stage: string) => sparkline(rates.get(stage) ?? [], spark);
  const { deadLetters, deadLettersPerSecond } = snapshot ?? {};
  return (
    <Box flexDirection="column">
      <Row screen={screen} cells={['stage', 'events', 'per second', 'lag']} />
      <Row
        screen={screen}
        cells={['ingest', ...counts(snapshot?.produced, snapshot?.producedPerSecond), '']}
        spark={sparkOf('ingest')}
      />
      {snapshot?.groups.map((group) => (
        <Row
          key={group.group}
          screen={screen}
          cells={[
            group.role,
            ...counts(group.processed, group.processedPerSecond),
            groupedNumber(group.lag),
          ]}
          spark={sparkOf(group.role)}
        />
      ))}
      <Row
        screen={screen}
        tone={deadLetters === undefined || deadLetters === 0 ? undefined : 'warn'}
        cells={[
          deadLetters === undefined || deadLetters === 0 ? 'dead letters' : 'dead letters !',
          ...counts(deadLetters, deadLettersPerSecond),
          '',
        ]}
        spark={sparkOf('dead letters')}
      />
      <Tone tone={snapshot?.ingest === undefined ? 'quiet' : undefined} screen={screen}>
        {snapshot === undefined ? 'reading…' : ingestText(snapshot.ingest)}
      </Tone>
    </Box>
  );
}

function counts(count: number | undefined, perSecond: number | undefined): [string, string] {
  return [
    count === undefined ? '-' : groupedNumber(count),
    perSecond === undefined ? '-' : rateText(perSecond),
  ];
}

/** Ingest as its clients see it: `http  p50 1.2 ms  p99 8.1 ms  rejected 2 (0.0/s)  queue 0 KiB`. */
export function ingestText(ingest: IngestSnapshot | undefined): string {
  if (ingest === undefined) return 'http  no metrics from ingest';
  const { latencyMs, rejected, rejectedPerSecond, queuedBytes } = ingest;
  const latency =
    latencyMs === undefined
      ? 'p50 -  p99 -'
      : `p50 ${millisecondsText(latencyMs.p50)}  p99 ${millisecondsText(latencyMs.p99)}`;
  const rejections = `${rejected > 0 ? '! ' : ''}rejected ${groupedNumber(rejected)}`;
  const queue = `queue ${groupedNumber(Math.ceil(queuedBytes / 1024))} KiB`;
  return `http  ${latency}  ${rejections} (${rateText(rejectedPerSecond)}/s)  ${queue}`;
}

interface RowProps {
  readonly screen: Screen;
  readonly cells: readonly [name: string, events: string, rate: string, lag: string];
  readonly tone?: 'warn' | undefined;
  readonly spark?: string;
}

function Row({ screen, cells: [name, events, rate, lag], tone, spark = '' }: RowProps) {
  const text =
    fitText(name, columns.name) +
    fitText(events, columns.events, 'right') +
    fitText(rate, columns.rate, 'right') +
    fitText(lag, columns.lag, 'right');
  return (
    <Box>
      <Tone tone={tone} screen={screen}>
        {text}
      </Tone>
      <Box marginLeft={2}>
        <Tone tone="quiet" screen={screen}>
          {spark}
        </Tone>
      </Box>
    </Box>
  );
}
