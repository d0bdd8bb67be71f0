import Table from 'cli-table3';

import type { Screen } from './terminal.js';
import { groupedNumber, printable, textColumns } from './text.js';

export type Cell = string | number;

export interface TableContent {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** The column of what is copied, such as an id: the others give way. */
  readonly whole?: number;
}

/**
 * A table as text, without a newline at its end: boxed for a terminal, where the widest columns
 * give way until it fits, and tab-separated with a header line for a pipe, where numbers are bare.
 * Cells may hold users' text: it is made printable here.
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

/** Names and values below each other: aligned for a terminal, tab-separated for a pipe. */
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

/** Widths with cli-table3's blank on either side; borders take one more column than there are. */
function fitColumns(natural: readonly number[], available: number, whole = -1): number[] {
  const widths = natural.map((width) => width + 2);
  const narrowest = 6;
  let excess = widths.reduce((sum, width) => sum + width + 1, 1) - available;
  while (excess > 0) {
    const yielding = widths.map((width, column) => (column === whole ? 0 : width));
    const widest = yielding.indexOf(Math.max(...yielding));
    const width = yielding[widest] ?? 0;
    if (width <= narrowest) break;
    widths[widest] = width - 1;
    excess -= 1;
  }
  return widths;
}
