import { expect, it } from 'vitest';

import { LatencyRecorder } from './latency.js';

it('returns no percentiles before the first record', () => {
  expect(new LatencyRecorder().percentiles()).toBeUndefined();
});

it('returns percentiles in milliseconds with three significant digits', () => {
  const recorder = new LatencyRecorder();
  for (let ms = 1; ms <= 1_000; ms += 1) recorder.record(ms);
  const { p50, p90, p99, p999, max } = recorder.percentiles() ?? expect.fail();
  expect(p50 / 500).toBeCloseTo(1, 2);
  expect(p90 / 900).toBeCloseTo(1, 2);
  expect(p99 / 990).toBeCloseTo(1, 2);
  expect(p999 / 999).toBeCloseTo(1, 2);
  expect(max / 1_000).toBeCloseTo(1, 2);
  expect(recorder.count).toBe(1_000);
});

it('records durations below its resolution and negative ones as the minimum', () => {
  const recorder = new LatencyRecorder();
  recorder.record(-5);
  recorder.record(0);
  expect(recorder.percentiles()?.max).toBe(0.001);
});
