import { expect, it } from 'vitest';

import { LatencyRecorder } from './latency.js';

it('has no percentiles before anything was recorded', () => {
  expect(new LatencyRecorder().percentiles()).toBeUndefined();
});

it('gives percentiles in milliseconds, to three digits', () => {
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

it('takes a time that is below its resolution, or that a clock turned back', () => {
  const recorder = new LatencyRecorder();
  recorder.record(-5);
  recorder.record(0);
  expect(recorder.percentiles()?.max).toBe(0.001);
});
