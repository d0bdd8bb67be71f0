import { Box } from 'ink';

import type { Flow, GroupSnapshot } from '../../pipeline/observe/snapshot.js';

import type { PipelineFrame } from '../frame.js';
import { sparkline } from '../sparkline.js';
import { durationText, fitText, groupedNumber, rateText } from '../text.js';
import { List, type ListLine } from './list.js';
import { matches, type PageProps } from './page.js';

const widths = { name: 24, number: 11, rate: 9, eta: 13 } as const;
const fixedColumns = widths.name + 3 * widths.number + 2 * widths.rate + widths.eta + 4;

/** Every group and partition: how far behind, and when it will have caught up. */
export function LagPage({ frame, state, rows, screen }: PageProps) {
  const groups = (frame.snapshot?.groups ?? []).filter((group) =>
    matches(state.filter, group.group, group.topic),
  );
  const spark = Math.max(0, Math.min(120, screen.columns - fixedColumns));
  return (
    <Box flexDirection="column">
      <List
        head={line(
          'group, partition',
          ['log end', 'stored', 'lag'],
          ['in/s', 'out/s'],
          'caught up',
        )}
        lines={groups.flatMap((group) => groupLines(group, frame, spark))}
        line={state.line}
        rows={rows}
        empty={state.filter === '' ? 'no groups yet' : 'no group of that name'}
        screen={screen}
      />
    </Box>
  );
}

function groupLines(group: GroupSnapshot, frame: PipelineFrame, spark: number): ListLine[] {
  const { partitions, lag, flow } = group;
  const skew = group.skew === undefined ? '' : `  skew ${group.skew.toFixed(1)}`;
  const history = sparkline(frame.lags.get(group.role) ?? [], Math.max(0, spark - skew.length));
  const ends = partitions.reduce((total, each) => total + each.logEnd, 0);
  return [
    {
      key: group.group,
      text: `${row(group.group, [ends, group.processed, lag], flow, lag)}${spark > 0 ? ` ${history}${skew}` : ''}`,
      tone: lag > 0 && flow.etaSeconds === undefined ? 'warn' : undefined,
    },
    ...partitions.map(({ partition, logEnd, stored, lag: behind, flow: own }) => ({
      key: `${group.group} ${partition}`,
      text: row(`  ${partition}`, [logEnd, stored, behind], own, behind),
      tone: 'quiet' as const,
    })),
  ];
}

function row(name: string, numbers: readonly number[], flow: Flow, lag: number): string {
  const rates = [flow.arrivalPerSecond, flow.drainPerSecond].map(rateText);
  return line(name, numbers.map(groupedNumber), rates, etaText(lag, flow));
}

function line(
  name: string,
  numbers: readonly string[],
  rates: readonly string[],
  eta: string,
): string {
  return (
    fitText(name, widths.name) +
    numbers.map((each) => fitText(each, widths.number, 'right')).join('') +
    rates.map((each) => fitText(each, widths.rate, 'right')).join('') +
    fitText(eta, widths.eta, 'right')
  );
}

/** `now`, `in 4 s`, or what keeps a group from catching up: `stalled`, `growing`. */
export function etaText(lag: number, { drainPerSecond, etaSeconds }: Flow): string {
  if (lag === 0) return 'now';
  if (etaSeconds !== undefined) return `in ${durationText(etaSeconds)}`;
  return drainPerSecond === 0 ? 'stalled' : 'growing';
}
