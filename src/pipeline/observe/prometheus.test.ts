import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';

import { bucketsOf, bucketsSince, parseSamples, quantile, total } from './prometheus.js';
import { metricsOf } from './roleMetrics.js';

describe('a text exposition', () => {
  const text = [
    '# HELP a_total Some.',
    '# TYPE a_total counter',
    'a_total{role="x",outcome="y"} 3',
    String.raw`a_total{role="x",outcome="a \"quoted\\ \n{,} one"} 4`,
    'a_total 5 1700000000',
    'a_bytes +Inf',
    'b_total 6',
    'a_broken',
  ].join('\n');

  it('is parsed into names, labels and values', () => {
    expect(parseSamples(text, ['a_'])).toEqual([
      { name: 'a_total', labels: { role: 'x', outcome: 'y' }, value: 3 },
      { name: 'a_total', labels: { role: 'x', outcome: 'a "quoted\\ \n{,} one' }, value: 4 },
      { name: 'a_total', labels: {}, value: 5 },
      { name: 'a_bytes', labels: {}, value: Infinity },
    ]);
  });

  it('is summed by labels', () => {
    const samples = parseSamples(text, ['a_']);
    expect(total(samples, 'a_total')).toBe(12);
    expect(total(samples, 'a_total', { role: 'x' })).toBe(7);
    expect(total(samples, 'nothing')).toBe(0);
  });
});

describe('a quantile of a histogram', () => {
  /** Observed durations through prom-client's own text. */
  async function buckets(...seconds: number[]) {
    const registers = [new Registry()];
    const histogram = new Histogram({
      name: 'h_seconds',
      help: 'Some.',
      buckets: [0.001, 0.01, 0.1],
      registers,
    });
    for (const each of seconds) histogram.observe(each);
    const text = (await registers[0]?.metrics()) ?? '';
    return bucketsOf(parseSamples(text, ['h_']), 'h_seconds', () => true);
  }

  it('lies within its bucket, in proportion', async () => {
    const even = await buckets(0.005, 0.005, 0.05, 0.05);
    expect(quantile(0.5, even)).toBeCloseTo(0.01);
    expect(quantile(0.75, even)).toBeCloseTo(0.055);
    expect(quantile(0.25, even)).toBeCloseTo(0.0055);
  });

  it('is the last finite bound for greater values, and undefined without observations', async () => {
    expect(quantile(0.99, await buckets(5, 6))).toBe(0.1);
    expect(quantile(0.5, await buckets())).toBeUndefined();
  });

  it('covers the observations between two readings, or all after a restart', async () => {
    const before = await buckets(0.0005, 0.0005);
    const now = await buckets(0.0005, 0.0005, 0.05);
    expect(quantile(0.5, bucketsSince(now, before))).toBeCloseTo(0.055);
    expect(bucketsSince(before, now)).toEqual(before);
  });
});

describe("the roles' metrics", () => {
  it('are summed over processes, and undefined if no process has them', () => {
    const samples = parseSamples(
      [
        'gamemetrics_consumer_working{role="logger"} 1',
        'gamemetrics_consumer_records_total{role="logger",outcome="duplicate"} 2',
        'gamemetrics_consumer_records_total{role="logger",outcome="duplicate"} 3',
        'gamemetrics_consumer_retries_total{role="logger",store="redis"} 1',
        'gamemetrics_consumer_retries_total{role="logger",store="postgres"} 1',
      ].join('\n'),
      ['gamemetrics_'],
    );
    const metrics = metricsOf(samples);
    expect(metrics.ingest).toBeUndefined();
    expect(metrics.consumer('statistics')).toBeUndefined();
    expect(metrics.consumer('logger')).toEqual({
      duplicate: 5,
      skipped: 0,
      deadLettered: 0,
      retries: 2,
    });
  });
});
