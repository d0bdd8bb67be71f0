import Table from 'cli-table3';

import type { Screen } from './terminal.js';
import { groupedNumber, printable, textColumns } from './text.js';

export type Cell = string | number;

export interface TableContent {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** The column that is never truncated, such as an id that users copy. */
  readonly whole?: number;
}

/**
 * A table as text, without a trailing newline: boxed for a terminal, where the widest columns shrink
 * until it fits; tab-separated with a header line for a pipe, where numbers have no separators.
 * Cells may contain users' text: it is made printable here.
 */
export function renderTable({ head, rows, whole }: TableContent, screen: Screen): string {
  if (!screen.interactive) {
    return [head, ...rows].map((row) => row.map(plainCell).join('\t')).join('\n');
  }
  const cells = rows.map((row) => row.map(humanCell));
  const natural = head.map((title, column) =>
    Math.max(...[title, ...cells.map((row) => row[column] ?? '')].map(textColumns)),
  );
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (isNumeric(rows, column) ? 'right' : 'left')),
    colWidths: fitColumns(natural, screen.columns, whole),
    style: { head: [], border: [], compact: true },
  });
  table.push(...cells);
  return table.toString();
}

/** Names and values, one pair per line: aligned for a terminal, tab-separated for a pipe. */
export function renderFacts(facts: readonly (readonly [string, Cell])[], screen: Screen): string {
  if (!screen.interactive) return facts.map((fact) => fact.map(plainCell).join('\t')).join('\n');
  const widest = Math.max(...facts.map(([name]) => textColumns(name)));
  return facts
    .map(([name, value]) => `${name}${' '.repeat(widest - textColumns(name))}  ${humanCell(value)}`)
    .join('\n');
}

function plainCell(cell: Cell): string {
  return printable(String(cell));
}

function humanCell(cell: Cell): string {
  return typeof cell === 'number' ? groupedNumber(cell) : printable(cell);
}

function isNumeric(rows: TableContent['rows'], column: number): boolean {
  return rows.length > 0 && rows.every((row) => typeof row[column] === 'number');
}

/** Widths include cli-table3's blank on either side; n columns have n + 1 borders. */
function fitColumns(natural: readonly number[], available: number, whole = -1): number[] {
  const widths = natural.map((width) => width + 2);
  const narrowest = 6;
  let excess = widths.reduce((sum, width) => sum + width + 1, 1) - available;
  while (excess > 0) {
    const shrinkable = widths.map((width, column) => (column === whole ? 0 : width));
    const widest = shrinkable.indexOf(Math.max(...shrinkable));
    const width = shrinkable[widest] ?? 0;
    if (width <= narrowest) break;
    widths[widest] = width - 1;
    excess -= 1;
  }
  return widths;
}
