import { describe, expect, it } from 'vitest';

import { renderFacts, renderTable } from './table.js';
import type { Screen } from './terminal.js';
import { textColumns } from './text.js';

const terminal: Screen = { interactive: true, colour: false, columns: 80, rows: 24 };
const pipe: Screen = { ...terminal, interactive: false };

const board = {
  head: ['rank', 'player', 'score'],
  rows: [
    [1, 'evil\t\u001B[31m', 12_345],
    [2, '長'.repeat(90), -7],
  ],
};

describe('a table', () => {
  it('is tab-separated in a pipe, one line per row whatever a name contains', () => {
    expect(renderTable(board, pipe)).toBe(
      `rank\tplayer\tscore\n1\tevil\uFFFD\uFFFD[31m\t12345\n2\t${'長'.repeat(90)}\t-7`,
    );
  });

  it('fits a terminal, and truncates names before numbers', () => {
    const lines = renderTable(board, terminal).split('\n');
    for (const line of lines) expect(textColumns(line)).toBeLessThanOrEqual(80);
    expect(lines.join('\n')).toMatch(/│ +1 │ evil\uFFFD\uFFFD\[31m +│ +12,345 │/);
    expect(lines.join('\n')).toMatch(/│ +2 │ 長+… *│ +-7 │/);
    expect(lines.join('\n')).not.toContain('\u001B');
  });

  it('does not truncate the column that users copy', () => {
    const id = '01a20f6c-7451-7431-b62a-f19fd6e932b2';
    const content = { head: ['id', 'name'], rows: [[id, 'long '.repeat(30)]], whole: 0 };
    const lines = renderTable(content, terminal).split('\n');
    expect(lines.join('\n')).toContain(id);
    for (const line of lines) expect(textColumns(line)).toBeLessThanOrEqual(80);
  });

  it('shows its header if it has no rows', () => {
    expect(renderTable({ ...board, rows: [] }, pipe)).toBe('rank\tplayer\tscore');
    expect(renderTable({ ...board, rows: [] }, terminal)).toContain('player');
  });
});

describe('facts', () => {
  const facts = [
    ['sent', 1000],
    ['achieved rate', '100.0/s'],
  ] as const;

  it('are tab-separated in a pipe', () => {
    expect(renderFacts(facts, pipe)).toBe('sent\t1000\nachieved rate\t100.0/s');
  });

  it('are aligned in a terminal', () => {
    expect(renderFacts(facts, terminal)).toBe('sent           1,000\nachieved rate  100.0/s');
  });
});
