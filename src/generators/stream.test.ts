import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { LoadSource } from '../load/source.js';
import { checkSubmission } from '../pipeline/contract/event.js';
import { parseJson } from '../pipeline/contract/json.js';
import { packageFile } from '../util/paths.js';
import { planLoad, type PlanOptions } from './plan.js';
import { isInvalid, type LoadItem } from './stream.js';
import { noTrouble } from './trouble.js';

const startMs = Date.parse('2026-03-01T12:00:00Z');

function take(options: Partial<PlanOptions>, limit = Infinity): LoadItem[] {
  const source = new LoadSource(planLoad({ seed: 1, startMs, ...options }));
  return source.take(limit, 0);
}

describe('createLoadStream', () => {
  it('generates the bytes of the golden file, so that seeded loads never change', () => {
    const bodies = take({
      seed: 20_260,
      count: 60,
      rate: [{ from: 1, to: 20, durationMs: 4_000 }],
      arrivals: 'poisson',
      players: 8,
      games: 3,
      skew: 0.8,
      trouble: { duplicates: 0.1, invalid: 0.2, late: 0.1, lateByMs: 7_200_000 },
    }).map(({ json }) => `${json}\n`);
    expect(bodies.join('')).toBe(readFileSync(packageFile('fixtures/golden/load.ndjson'), 'utf8'));
  });

  it('schedules due times and event times by the rate', () => {
    const items = take({ count: 5, rate: 10 });
    expect(items.map(({ dueMs }) => dueMs)).toEqual([0, 100, 200, 300, 400]);
    expect(items.map(({ event }) => Date.parse(event.timestamp) - startMs)).toEqual([
      0, 100, 200, 300, 400,
    ]);
  });

  it('ends at the count or the duration, whichever comes first', () => {
    expect(take({ count: 7 })).toHaveLength(7);
    expect(take({ durationMs: 2_000, rate: 10 })).toHaveLength(20);
    expect(take({ durationMs: 2_000, rate: 10, count: 5 })).toHaveLength(5);
    expect(take({ rate: [{ from: 0, to: 100, durationMs: 1_000 }] })).toHaveLength(50);
    expect(take({})).toHaveLength(1_000);
  });

  it('generates the requested shares of trouble', () => {
    const count = 20_000;
    const trouble = { duplicates: 0.01, invalid: 0.02, late: 0.05, lateByMs: 60_000 };
    const items = take({ count, trouble });
    const share = (is: (item: LoadItem) => boolean) => items.filter(is).length / count;
    expect(share(({ kind }) => kind === 'duplicate')).toBeCloseTo(0.01, 2);
    expect(share(({ kind }) => isInvalid(kind))).toBeCloseTo(0.02, 2);
    expect(share(({ kind }) => kind === 'late')).toBeCloseTo(0.05, 2);
    expect(new Set(items.map(({ kind }) => kind)).size).toBe(9);
  });

  it('repeats duplicates byte for byte, invalidates invalid events and backdates late ones', () => {
    const trouble = { duplicates: 0.2, invalid: 0.3, late: 0.2, lateByMs: 60_000 };
    const items = take({ count: 2_000, trouble });
    for (const { index, original, kind, json, event, dueMs = 0 } of items) {
      const parsed = parseJson(Buffer.from(json));
      const valid = parsed.ok && checkSubmission(parsed.value, startMs + dueMs).ok;
      expect(valid, json).toBe(!isInvalid(kind));
      if (kind === 'duplicate') {
        expect(original).toBeLessThan(index);
        expect(json).toBe(items[original]?.json);
      } else {
        expect(original).toBe(index);
      }
      if (kind === 'late') {
        const lateMs = Math.floor(startMs + dueMs) - Date.parse(event.timestamp);
        expect(lateMs).toBeGreaterThan(0);
        expect(lateMs).toBeLessThanOrEqual(60_000);
      }
    }
  });

  it('generates the same events with and without trouble', () => {
    const plain = take({ count: 400 }).map(({ event }) => event.event_id);
    const invalid = take({ count: 400, trouble: { ...noTrouble, invalid: 0.5 } });
    expect(invalid.map(({ event }) => event.event_id)).toEqual(plain);
  });

  it('generates no action that the mix leaves out', () => {
    const items = take({ count: 500, mix: { player_score: 3, session_end: 1 } });
    const types = items.map(({ event }) => event.event_type);
    expect(new Set(types)).toEqual(new Set(['session_start', 'player_score', 'session_end']));
    const scores = types.filter((type) => type === 'player_score').length;
    const ends = types.filter((type) => type === 'session_end').length;
    expect(scores / ends).toBeGreaterThan(2);
    expect(scores / ends).toBeLessThan(4.5);
  });
});

it('a plan rejects shares of trouble above 100%', () => {
  const trouble = { ...noTrouble, duplicates: 0.6, late: 0.5 };
  expect(() => planLoad({ seed: 1, trouble })).toThrow('more than 100%');
});
