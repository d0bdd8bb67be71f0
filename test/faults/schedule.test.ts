import fc from 'fast-check';
import { expect, it } from 'vitest';

import { describeFault } from './fault.js';
import { seededRandom } from './random.js';
import { scheduleFaults, type ScheduleOptions } from './schedule.js';

const options = { faults: 50, withinMs: 6_000, processes: ['ingest', 'redis'], longestMs: 3_000 };

function drawn(seed: number, changes: Partial<ScheduleOptions> = {}) {
  return scheduleFaults({ ...options, random: seededRandom(seed), ...changes });
}

it('a schedule is the same for the same seed and differs for another', () => {
  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(7)).not.toEqual(drawn(8));
});

it('a schedule is in order and within its bounds', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const schedule = drawn(seed);
      expect(schedule).toHaveLength(50);
      const times = schedule.map(({ atMs }) => atMs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      for (const { atMs, fault } of schedule) {
        expect(atMs).toBeGreaterThanOrEqual(0);
        expect(atMs).toBeLessThanOrEqual(6_000);
        if ('ms' in fault) expect(fault.ms).toBeLessThanOrEqual(3_000);
        if ('process' in fault) expect(['ingest', 'redis']).toContain(fault.process);
        expect(describeFault(fault)).toMatch(/^[a-z-]+ /);
      }
    }),
  );
});

it('a schedule can have every kind of fault', () => {
  const kinds = new Set(drawn(1, { faults: 500 }).map(({ fault }) => fault.kind));
  expect([...kinds].sort()).toEqual(
    ['cut', 'delay', 'half-close', 'hold', 'kill', 'pause', 'refuse', 'slow', 'truncate'].sort(),
  );
});
