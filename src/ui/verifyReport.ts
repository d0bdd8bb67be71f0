import type { Repaired } from '../pipeline/verify/repair.js';
import type { VerifyReport } from '../pipeline/verify/report.js';
import { renderTable, type Cell } from './terminal/table.js';
import type { Screen } from './terminal/terminal.js';
import { groupedNumber } from './terminal/text.js';

/** Rows shown in a terminal; a pipe and `--json` get all of them. */
const shownDifferences = 50;

/** The report as text: one line if the stores agree, else that line and one row per difference. */
export function verifyReportText(report: VerifyReport, screen: Screen): string {
  const { differences } = report;
  const compared = Object.entries(report.compared)
    .map(([kind, count]) => `${groupedNumber(count)} ${kind.replace('_', ' ')}`)
    .join(', ');
  const notCompared = report.not_compared.map((what) => `not compared: ${what}`);
  if (report.ok) {
    return [`verify: ok: ${compared} agree in Postgres and Redis`, ...notCompared].join('\n');
  }
  const shown = screen.interactive ? differences.slice(0, shownDifferences) : differences;
  const table = renderTable(
    {
      head: ['where', 'key', 'expected', 'actual', 'probable cause'],
      rows: shown.map(({ where, key, expected, actual, cause }) => [
        where,
        key,
        cell(expected),
        cell(actual),
        cause,
      ]),
    },
    screen,
  );
  const more = differences.length - shown.length;
  return [
    `verify: FAILED: ${differences.length} differences (compared ${compared})`,
    table,
    ...(more > 0 ? [`and ${groupedNumber(more)} more: --json lists them all`] : []),
    ...notCompared,
  ].join('\n');
}

/** What a repair rebuilt, in one line. */
export function repairedText({ events, players, scorers, redis, boards }: Repaired): string {
  const parts: (readonly [count: number, what: string])[] = [
    [events, 'events from the log'],
    [players, 'players’ statistics'],
    [scorers, 'players’ scores'],
    [redis, 'keys and members in Redis'],
    [boards, 'leaderboards'],
  ];
  const rebuilt = parts.filter(([count]) => count > 0);
  if (rebuilt.length === 0) return 'repair: nothing to rebuild';
  const words = rebuilt.map(([count, what]) => `${groupedNumber(count)} ${what}`);
  return `repair: rebuilt ${words.join(', ')}`;
}

/** An absent value is shown as `missing`, which is what most differences are about. */
function cell(value: unknown): Cell {
  if (value === undefined || value === null) return 'missing';
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);
}
