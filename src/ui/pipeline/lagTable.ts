import type { GroupSnapshot } from '../../pipeline/observe/snapshot.js';
import { renderTable } from '../terminal/table.js';
import type { Screen } from '../terminal/terminal.js';
import { etaText } from './eta.js';

/** The lag as a table, one row per group. */
export function lagTable(groups: readonly GroupSnapshot[], screen: Screen): string {
  return renderTable(
    {
      head: ['group', 'log end', 'stored', 'lag', 'in/s', 'out/s', 'caught up', 'skew'],
      rows: groups.map(({ group, partitions, processed, lag, flow, skew }) => [
        group,
        partitions.reduce((total, { logEnd }) => total + logEnd, 0),
        processed,
        lag,
        rounded(flow.arrivalPerSecond),
        rounded(flow.drainPerSecond),
        etaText(lag, flow),
        skew === undefined ? '' : skew.toFixed(1),
      ]),
    },
    screen,
  );
}

function rounded(rate: number): number {
  return Number(rate.toFixed(1));
}
