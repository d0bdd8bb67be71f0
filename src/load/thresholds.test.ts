import { describe, expect, it } from 'vitest';

import type { LoadSummary } from './tally.js';
import { checkThresholds, parseThreshold } from './thresholds.js';

const summary: LoadSummary = {
  seed: 1,
  count: 1_000,
  sent: 1_000,
  accepted: 990,
  rejected: { 422: 9 },
  retried: 0,
  failed: 1,
  seconds: 10,
  achievedRate: 99.9,
  latencyMs: { p50: 1, p90: 5, p99: 20, p999: 50, max: 2_000 },
  visible: {
    samples: 10,
    missed: 0,
    latencyMs: { p50: 10, p90: 20, p99: 30, p999: 30, max: 30 },
  },
};

function isMet(text: string, of: LoadSummary = summary): boolean | undefined {
  return checkThresholds([parseThreshold(text)], of)[0]?.ok;
}

describe('a threshold', () => {
  it.each([
    ['p99<20ms', false],
    ['p99<=20ms', true],
    ['p99 < 20.1ms', true],
    ['p50>500us', true],
    ['p99.9<50ms', false],
    ['max<=2s', true],
    ['visible_p99<31ms', true],
    ['visible_p50<10ms', false],
    ['error_rate<1%', false],
    ['error_rate<=1%', true],
    ['rate>=99', true],
    ['rate>=100/s', false],
  ])('%s is met: %s', (text, met) => {
    expect(isMet(text)).toBe(met);
  });

  it.each([
    'p99<20',
    'p98<1ms',
    'p99=1ms',
    'error_rate<1ms',
    'rate<1%',
    '',
    'p99<',
    'visible_rate<1',
  ])('%j is rejected', (text) => {
    expect(() => parseThreshold(text)).toThrow('is not a threshold');
  });

  it('is not met without samples', () => {
    const { latencyMs, visible, ...rest } = summary;
    expect(latencyMs && visible).toBeDefined();
    const nothing = { ...rest, sent: 0, accepted: 0, rejected: {}, failed: 0, achievedRate: 0 };
    for (const text of ['p99<1s', 'visible_p99<1s', 'error_rate<100%', 'rate>=0', 'max>=0ms']) {
      expect(isMet(text, nothing), text).toBe(false);
    }
  });

  it('on visibility is not met if a sample never became visible', () => {
    const missed = { ...summary, visible: { samples: 11, missed: 1 } };
    expect(isMet('visible_p50<1s', missed)).toBe(false);
    expect(parseThreshold('visible_p50<1s').needsVisible).toBe(true);
  });

  it('counts unexpected responses as errors, but not rejections of deliberately invalid events', () => {
    const trouble = { duplicates: 0, late: 0, invalid: { future: 9 }, unexpected: 0 };
    expect(isMet('error_rate<=0.1%', { ...summary, trouble })).toBe(true);
    expect(isMet('error_rate<=0.1%', { ...summary, trouble: { ...trouble, unexpected: 1 } })).toBe(
      false,
    );
  });
});
