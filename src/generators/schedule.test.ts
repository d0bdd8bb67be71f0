import { describe, expect, it } from 'vitest';

import { seededRandom } from './random.js';
import { dueTimes, eventsWithin, type Rate } from './schedule.js';

function times(count: number, rate: Rate, seed?: number): (number | undefined)[] {
  const random = seededRandom(seed ?? 0, 'arrivals');
  const due = dueTimes(rate, seed === undefined ? 'constant' : 'poisson', () => random.next());
  return Array.from({ length: count }, () => due.next().value ?? undefined);
}

describe('constant arrivals', () => {
  it('are evenly spaced, without drift', () => {
    const due = times(3_000_001, 300);
    expect(due[0]).toBe(0);
    expect(due[3]).toBe(10);
    expect(due[3_000_000]).toBe(10_000_000);
  });

  it('are all due at once at rate 0', () => {
    expect(times(2, 0)).toEqual([undefined, undefined]);
  });

  it('follow a ramp and continue at its last rate', () => {
    const ramp = [{ from: 10, to: 500, durationMs: 30_000 }];
    const due = times(8_000, ramp) as number[];
    // The integral of the ramp: (10 + 500) / 2 * 30 events.
    expect(due.filter((ms) => ms < 30_000)).toHaveLength(7_650);
    expect(due.filter((ms) => ms < 3_000)).toHaveLength(104);
    expect((due[7_999] ?? 0) - (due[7_998] ?? 0)).toBeCloseTo(2, 6);
    expect(due).toEqual([...due].sort((a, b) => a - b));
    expect(eventsWithin(ramp, 30_000)).toBe(7_650);
    expect(eventsWithin(ramp, 31_000)).toBe(8_150);
  });

  it('end if the last stage ends at rate 0', () => {
    const down = [
      { from: 0, to: 100, durationMs: 1_000 },
      { from: 100, to: 0, durationMs: 1_000 },
    ];
    const due = times(200, down);
    expect(due.filter((ms) => ms !== undefined)).toHaveLength(100);
    expect(due[50]).toBeCloseTo(1_000, 6);
  });
});

describe('Poisson arrivals', () => {
  it('have exponential gaps: mean and standard deviation are 1 / rate', () => {
    const due = times(50_001, 1_000, 1) as number[];
    const gaps = due.slice(1).map((ms, index) => ms - (due[index] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(
      gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length,
    );
    expect(Math.abs(mean - 1)).toBeLessThan(0.01);
    expect(Math.abs(deviation - 1)).toBeLessThan(0.02);
    const longer = gaps.filter((gap) => gap > 2).length / gaps.length;
    expect(Math.abs(longer - Math.exp(-2))).toBeLessThan(0.005);
  });

  it('have counts whose variance equals their mean, unlike constant arrivals', () => {
    const due = times(100_000, 1_000, 2) as number[];
    const perTenth = Array.from({ length: 900 }, () => 0);
    for (const ms of due) {
      const slot = Math.floor(ms / 100);
      if (slot < 900) perTenth[slot] = (perTenth[slot] ?? 0) + 1;
    }
    const mean = perTenth.reduce((sum, count) => sum + count, 0) / 900;
    const variance = perTenth.reduce((sum, count) => sum + (count - mean) ** 2, 0) / 900;
    expect(Math.abs(mean - 100)).toBeLessThan(1.5);
    // The index of dispersion of 900 counts: 1 with a standard error of sqrt(2 / 900) = 0.047.
    expect(Math.abs(variance / mean - 1)).toBeLessThan(0.15);
  });

  it('follow a ramp', () => {
    const ramp = [{ from: 0, to: 1_000, durationMs: 20_000 }];
    const due = times(10_000, ramp, 3) as number[];
    const half = due.filter((ms) => ms < 10_000).length;
    // A quarter of the triangle's area: 2,500, with a standard deviation of 50.
    expect(Math.abs(half - 2_500)).toBeLessThan(150);
  });
});
