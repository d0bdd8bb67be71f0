import fc from 'fast-check';
import { expect, it } from 'vitest';

import { windowAt, windowStarting, periods } from '../contract/windows.js';
import { foldByBoard } from './leaderboard/boards.js';
import { byIdentity, firstOfEach } from './ledger.js';
import type { EventRecord } from './records.js';
import { foldByPlayer } from './statistics/fold.js';

const record = fc
  .record({
    id: fc.integer({ min: 0, max: 5 }),
    player: fc.constantFrom('a', 'b', 'ä'),
    score: fc.integer({ min: -100, max: 100 }),
    atMs: fc.integer({ min: 0, max: Date.UTC(2100) }),
  })
  .map(({ id, player, score, atMs }): Omit<EventRecord, 'offset'> => {
    const event = {
      event_id: `0197b000-0000-7000-8000-00000000000${id}`,
      event_type: 'player_score',
      player_id: player,
      game_id: 'g',
      timestamp: new Date(atMs).toISOString(),
      ingested_at: new Date(atMs).toISOString(),
      data: { score },
    };
    return { event, value: Buffer.from(JSON.stringify(event)) };
  });

const batch = fc
  .array(record)
  .map((records) => records.map((each, offset): EventRecord => ({ ...each, offset })));

const identity = ({ event }: EventRecord): string => event.event_id + event.player_id;

it('the earliest event of each identity that is new to a ledger counts, in log order', () => {
  fc.assert(
    fc.property(batch, (records) => {
      const seen = new Set<string>();
      const firsts = records.filter((each) => {
        const isFirst = !seen.has(identity(each));
        seen.add(identity(each));
        return isFirst;
      });
      const fresh = firsts.map(({ event }) => event);
      expect(firstOfEach(records, fresh)).toEqual(firsts);
      expect(firstOfEach(records, [])).toEqual([]);
      // A ledger keeps the first of equal rows, so the earliest must come first.
      const sorted = byIdentity(records);
      expect(new Set(sorted)).toEqual(new Set(records));
      for (const [index, each] of sorted.entries()) {
        const before = sorted[index - 1];
        if (before === undefined) continue;
        expect(identity(before) <= identity(each)).toBe(true);
        if (identity(before) === identity(each)) expect(before.offset).toBeLessThan(each.offset);
      }
    }),
  );
});

it('folds lose no event and no point, wherever a batch is split', () => {
  fc.assert(
    fc.property(batch, fc.nat(), (records, at) => {
      const events = records.map(({ event }) => event);
      const cut = at % (events.length + 1);
      const parts = [events.slice(0, cut), events.slice(cut)];
      const count = (of: typeof events): number =>
        foldByPlayer(of, Date.UTC(2100, 0)).reduce((sum, delta) => sum + delta.events, 0);
      expect(parts.map(count).reduce((sum, part) => sum + part)).toBe(events.length);
      const points = (of: typeof events): bigint =>
        foldByBoard(of).reduce((sum, { added }) => sum + added, 0n);
      const total = events.reduce((sum, { data }) => sum + Number(data['score']), 0);
      expect(parts.map(points).reduce((sum, part) => sum + part)).toBe(BigInt(3 * total));
    }),
  );
});

it('every instant is in its window, and consecutive windows have no gap', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: Date.UTC(2200) }),
      fc.constantFrom(...periods),
      (atMs, period) => {
        const window = windowAt(period, atMs);
        expect(Date.parse(`${window.start}T00:00:00Z`)).toBeLessThanOrEqual(atMs);
        expect(window.endMs).toBeGreaterThan(atMs);
        expect(windowStarting(period, window.start)).toEqual(window);
        if (period === 'alltime') return;
        const next = windowAt(period, window.endMs);
        expect(Date.parse(`${next.start}T00:00:00Z`)).toBe(window.endMs);
        expect(windowAt(period, window.endMs - 1)).toEqual(window);
      },
    ),
  );
});
