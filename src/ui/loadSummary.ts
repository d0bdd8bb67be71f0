import { renderFacts } from './table.js';
import type { Screen } from './terminal.js';
import { millisecondsText, secondsText } from './text.js';

/** How a load went. Counts are events; times are of single HTTP requests, tries included. */
export interface LoadSummary {
  readonly seed: number | string;
  readonly sent: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly retried: number;
  readonly failed: number;
  readonly seconds: number;
  /** Events a second over the whole load. */
  readonly achievedRate: number;
  readonly latencyMs: Percentiles;
}

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** A load's summary as text: names and values, one a line. */
export function loadSummaryText(summary: LoadSummary, screen: Screen): string {
  const { latencyMs } = summary;
  return renderFacts(
    [
      ['sent', summary.sent],
      ['accepted', summary.accepted],
      ['rejected', summary.rejected],
      ['failed', summary.failed],
      ['retried', summary.retried],
      ['time', secondsText(summary.seconds)],
      ['achieved rate', `${summary.achievedRate.toFixed(1)}/s`],
      ['latency p50', millisecondsText(latencyMs.p50)],
      ['latency p90', millisecondsText(latencyMs.p90)],
      ['latency p99', millisecondsText(latencyMs.p99)],
      ['latency p99.9', millisecondsText(latencyMs.p999)],
      ['latency max', millisecondsText(latencyMs.max)],
      ['seed', String(summary.seed)],
    ],
    screen,
  );
}
