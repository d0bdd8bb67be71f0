import type { Finding } from '../diagnostics/finding.js';
import { renderTable } from './terminal/table.js';
import type { Screen } from './terminal/terminal.js';
import { printable } from './terminal/text.js';

const marks = { ok: '✓', warning: '!', failed: '✗', skipped: '-' } as const;

/** Findings as text: one line each with the fix below it for a terminal, one row each for a pipe. */
export function findingsText(findings: readonly Finding[], screen: Screen): string {
  if (!screen.interactive) {
    const rows = findings.map(({ check, state, detail, cure = '' }) => [
      state,
      check,
      detail,
      cure,
    ]);
    return renderTable({ head: ['state', 'check', 'found', 'fix'], rows }, screen);
  }
  return findings
    .flatMap(({ check, state, detail, cure }) => [
      `${marks[state]} ${check}: ${printable(detail)}`,
      ...(cure === undefined ? [] : [`    ${printable(cure)}`]),
    ])
    .join('\n');
}
