import type { LoadCheck } from '../../load/storeCheck.js';
import type { ThresholdResult } from '../../load/thresholds.js';
import { renderTable } from '../terminal/table.js';
import type { Screen } from '../terminal/terminal.js';
import { groupedNumber } from '../terminal/text.js';

const differencesShown = 10;

/** Predicted and actual numbers in the stores after a load, and the differences, as lines. */
export function loadCheckLines(check: LoadCheck, screen: Screen): string[] {
  const { alreadyStored, foreign, differences } = check;
  const numbers = renderTable(
    {
      head: ['in the stores', 'predicted', 'actual', ''],
      rows: check.numbers.map(({ what, predicted, actual }) => {
        return [what, predicted, actual, predicted === actual ? 'ok' : '! differs'];
      }),
    },
    screen,
  );
  const shown = differences.slice(0, differencesShown);
  const table = {
    head: ['where', 'what', 'predicted', 'actual'],
    rows: shown.map(({ where, what, predicted, actual }) => [where, what, predicted, actual]),
  };
  const more = differences.length - shown.length;
  return [
    numbers,
    ...(alreadyStored > 0
      ? [`${groupedNumber(alreadyStored)} events were already stored and count as duplicates`]
      : []),
    ...(foreign > 0
      ? [
          `${groupedNumber(foreign)} records came from other producers; the numbers may include them`,
        ]
      : []),
    ...(shown.length > 0 ? [renderTable(table, screen)] : []),
    ...(more > 0 ? [`and ${more} more: --json lists them`] : []),
    check.ok ? 'check: ok: the stores hold what was predicted' : 'check: FAILED: the stores differ',
  ];
}

/** The result of each threshold, one line each. */
export function thresholdLines(results: readonly ThresholdResult[]): string[] {
  return results.map((result) => {
    const actual = describeActual(result);
    return `threshold: ${result.ok ? 'ok' : 'FAILED'}: ${result.threshold} (${actual})`;
  });
}

/** A measured value in the threshold's unit. */
export function describeActual({ threshold, actual }: ThresholdResult): string {
  if (actual === undefined) return 'no samples';
  if (actual === Infinity) return 'a sample was never visible';
  if (threshold.startsWith('error_rate')) return `${Number((actual * 100).toFixed(4))}%`;
  if (threshold.startsWith('rate')) return `${actual}/s`;
  return `${actual}ms`;
}
