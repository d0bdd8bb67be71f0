import { build, type Histogram } from 'hdr-histogram-js';

/** Percentiles in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Records durations to a microsecond and three significant digits, in constant memory. */
export class LatencyRecorder {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 24 * 3_600_000_000,
    numberOfSignificantValueDigits: 3,
  });

  /** @param ms a duration in milliseconds; a negative one counts as the minimum */
  record(ms: number): void {
    this.#histogram.recordValue(Math.max(1, Math.round(ms * 1_000)));
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** @returns undefined if nothing was recorded */
  percentiles(): Latency | undefined {
    if (this.count === 0) return undefined;
    const at = (percentile: number) =>
      Math.min(this.#histogram.getValueAtPercentile(percentile), this.#histogram.maxValue) / 1_000;
    return { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: at(100) };
  }
}
