import { Box } from 'ink';

import type { Flow, GroupSnapshot } from '../../pipeline/observe/snapshot.js';
import { etaText } from '../pipeline/eta.js';
import type { PipelineFrame } from '../pipeline/frame.js';
import { sparkline } from '../terminal/sparkline.js';
import { fitText, groupedNumber, rateText } from '../terminal/text.js';
import { List, type ListLine } from './list.js';
import { matches, type PageProps } from './page.js';

/** These fit 80 columns, where a group's role replaces its name. */
const widths = { name: 20, number: 10, rate: 8, eta: 12 } as const;
const wideName = 28;
const wideFrom = 100;
const marginColumns = 4;

/** The lag of every group and partition, and when each catches up. */
export function LagPage({ frame, state, rows, screen }: PageProps) {
  const groups = (frame.snapshot?.groups ?? []).filter((group) =>
    matches(state.filter, group.group, group.topic),
  );
  const isWide = screen.columns >= wideFrom;
  const name = isWide ? wideName : widths.name;
  const table = name + 3 * widths.number + 2 * widths.rate + widths.eta + marginColumns;
  const spark = isWide ? Math.max(0, screen.columns - table) : 0;
  return (
    <Box flexDirection="column">
      <List
        head={line(name, 'group', ['log end', 'stored', 'lag'], ['in/s', 'out/s'], 'caught up')}
        lines={groups.flatMap((group) => groupLines(group, frame, name, spark))}
        line={state.line}
        rows={rows}
        empty={state.filter === '' ? 'no groups yet' : 'no group matches'}
        screen={screen}
      />
    </Box>
  );
}

/** Lines of the whole list, including its header. */
export function lagLines(groups: readonly GroupSnapshot[]): number {
  return groups.reduce((lines, { partitions }) => lines + 1 + partitions.length, 1);
}

function groupLines(
  group: GroupSnapshot,
  frame: PipelineFrame,
  name: number,
  spark: number,
): ListLine[] {
  const { partitions, lag, flow } = group;
  const skew = group.skew === undefined ? '' : `  skew ${group.skew.toFixed(1)}`;
  const history = sparkline(frame.lags.get(group.role) ?? [], Math.max(0, spark - skew.length));
  const ends = partitions.reduce((total, each) => total + each.logEnd, 0);
  return [
    {
      key: group.group,
      text: `${row(name, name === wideName ? group.group : group.role, [ends, group.processed, lag], flow, lag)}${spark > 0 ? ` ${history}${skew}` : ''}`,
      tone: lag > 0 && flow.etaSeconds === undefined ? 'warn' : undefined,
    },
    ...partitions.map(({ partition, logEnd, stored, lag: behind, flow: own }) => ({
      key: `${group.group} ${partition}`,
      text: row(name, `  partition ${partition}`, [logEnd, stored, behind], own, behind),
      tone: 'quiet' as const,
    })),
  ];
}

function row(
  width: number,
  name: string,
  numbers: readonly number[],
  flow: Flow,
  lag: number,
): string {
  const rates = [flow.arrivalPerSecond, flow.drainPerSecond].map(rateText);
  return line(width, name, numbers.map(groupedNumber), rates, etaText(lag, flow));
}

function line(
  width: number,
  name: string,
  numbers: readonly string[],
  rates: readonly string[],
  eta: string,
): string {
  return (
    fitText(name, width) +
    numbers.map((each) => fitText(each, widths.number, 'right')).join('') +
    rates.map((each) => fitText(each, widths.rate, 'right')).join('') +
    fitText(eta, widths.eta, 'right')
  );
}
