import { Failure } from '../util/failure.js';
import type { Latency } from './latency.js';
import { errorRate, type LoadSummary } from './tally.js';

const percentiles: Readonly<Record<string, keyof Latency>> = {
  p50: 'p50',
  p90: 'p90',
  p99: 'p99',
  'p99.9': 'p999',
  max: 'max',
};

const comparisons = {
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
} as const;

/** The factor of each unit: latencies are in milliseconds, shares from 0 to 1. */
const units: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  latency: { us: 0.001, ms: 1, s: 1_000 },
  share: { '%': 0.01 },
  rate: { '': 1, '/s': 1 },
};

/** A condition that a load must meet, such as `p99<20ms`. */
export interface Threshold {
  /** The text as given. */
  readonly text: string;
  readonly metric: string;
  /** Whether it needs the visibility of sampled events. */
  readonly needsVisible: boolean;
  /** The value, in milliseconds, as a share of 1, or per second; undefined without samples. */
  readonly measure: (summary: LoadSummary) => number | undefined;
  readonly holds: (value: number) => boolean;
}

/** The result of a threshold, which is not met without samples. */
export interface ThresholdResult {
  readonly threshold: string;
  readonly ok: boolean;
  /** In milliseconds, as a share of 1, or per second; absent without samples. */
  readonly actual?: number;
}

/**
 * Parses a threshold: a metric (p50, p90, p99, p99.9 or max, each also with the prefix visible_;
 * error_rate; rate), a comparison, and a value with its unit.
 * @throws Failure (invalid_argument)
 */
export function parseThreshold(text: string): Threshold {
  const [, metric = '', operator = '', amount = '', unit = ''] =
    /^\s*([a-z_\d.]+)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(us|ms|s|%|\/s)?\s*$/.exec(text) ?? [];
  const kind = kindOf(metric);
  const factor = units[kind ?? '']?.[unit];
  const compare = comparisons[operator as keyof typeof comparisons] as
    ((a: number, b: number) => boolean) | undefined;
  if (kind === undefined || factor === undefined || compare === undefined) {
    throw invalidThreshold(text);
  }
  const limit = Number(amount) * factor;
  return {
    text: text.trim(),
    metric,
    needsVisible: metric.startsWith('visible_'),
    measure: (summary) => measured(metric, summary),
    holds: (value) => compare(value, limit),
  };
}

/** Checks the thresholds of a load. @returns one result per threshold, in order */
export function checkThresholds(
  thresholds: readonly Threshold[],
  summary: LoadSummary,
): ThresholdResult[] {
  return thresholds.map(({ text, measure, holds }) => {
    const actual = measure(summary);
    return actual === undefined
      ? { threshold: text, ok: false }
      : { threshold: text, ok: holds(actual), actual };
  });
}

function kindOf(metric: string): 'latency' | 'share' | 'rate' | undefined {
  if (metric === 'error_rate') return 'share';
  if (metric === 'rate') return 'rate';
  return metric.replace(/^visible_/, '') in percentiles ? 'latency' : undefined;
}

function measured(metric: string, summary: LoadSummary): number | undefined {
  if (metric === 'error_rate') return errorRate(summary);
  if (metric === 'rate') return summary.sent === 0 ? undefined : summary.achievedRate;
  const { visible, latencyMs } = summary;
  // A sample that never became visible exceeds any limit.
  if (metric.startsWith('visible_') && (visible?.missed ?? 0) > 0) return Infinity;
  const latency = metric.startsWith('visible_') ? visible?.latencyMs : latencyMs;
  const percentile = percentiles[metric.replace(/^visible_/, '')];
  return percentile === undefined ? undefined : latency?.[percentile];
}

function invalidThreshold(text: string): Failure {
  return new Failure(`"${text}" is not a threshold`, {
    code: 'invalid_argument',
    cure:
      "Use a metric, a comparison and a value, such as 'p99<20ms', 'visible_p99<=100ms', " +
      "'error_rate<0.1%' or 'rate>=990/s'. Metrics: p50, p90, p99, p99.9 and max (with us, ms or " +
      's), each also with the prefix visible_; error_rate (with %); rate.',
  });
}
