import type { Latency } from '../../load/latency.js';
import { errorRate, type LoadSummary } from '../../load/tally.js';
import type { TroubleCounts } from '../../load/troubleTally.js';
import { renderFacts, type Cell } from '../terminal/table.js';
import type { Screen } from '../terminal/terminal.js';
import { millisecondsText, secondsText } from '../terminal/text.js';

/** A load's summary as text: one name and value per line. */
export function loadSummaryText(summary: LoadSummary, screen: Screen): string {
  const rejected = Object.entries(summary.rejected);
  const { latencyMs, visible, lastProblem, trouble } = summary;
  // A rejection that was expected is not a problem.
  const isExpected = summary.retried === 0 && errorRate(summary) === 0;
  return renderFacts(
    [
      ['sent', summary.sent],
      ['accepted', summary.accepted],
      ['rejected', rejected.reduce((sum, [, count]) => sum + count, 0)],
      ...rejected.map(([status, count]) => [`  HTTP ${status}`, count] as const),
      ...troubleFacts(trouble),
      ['failed', summary.failed],
      ['retried', summary.retried],
      ['time', secondsText(summary.seconds)],
      ['achieved rate', `${summary.achievedRate.toFixed(1)}/s`],
      ...latencyFacts('latency', latencyMs),
      ...latencyFacts('visible after', visible?.latencyMs),
      ...(visible === undefined ? [] : [['not visible in time', visible.missed] as const]),
      ['seed', String(summary.seed)],
      ...(lastProblem === undefined || isExpected ? [] : [['last problem', lastProblem] as const]),
    ],
    screen,
  );
}

/** The trouble that was sent on purpose, and the answers that were not as expected. */
function troubleFacts(trouble: TroubleCounts | undefined): [string, Cell][] {
  if (trouble === undefined) return [];
  const { duplicates, late, invalid, unexpected } = trouble;
  return [
    ['duplicates on purpose', duplicates],
    ['late on purpose', late],
    ['invalid on purpose', Object.values(invalid).reduce((sum, events) => sum + events, 0)],
    ...Object.entries(invalid).map(([reason, events]): [string, Cell] => [`  ${reason}`, events]),
    ['answered unexpectedly', unexpected],
  ];
}

function latencyFacts(name: string, latency: Latency | undefined): [string, Cell][] {
  if (latency === undefined) return [];
  const shown = [
    ['p50', latency.p50],
    ['p90', latency.p90],
    ['p99', latency.p99],
    ['p99.9', latency.p999],
    ['max', latency.max],
  ] as const;
  return shown.map(([label, ms]) => [`${name} ${label}`, millisecondsText(ms)]);
}
