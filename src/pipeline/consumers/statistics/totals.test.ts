import { expect, it } from 'vitest';

import { totalsToRecord, type Totals } from './totals.js';

function totalsOf(event_breakdown: Record<string, number>): Totals {
  const at = new Date(0);
  return {
    player_id: 'p',
    total_events: Object.values(event_breakdown).reduce((sum, count) => sum + count, 0),
    event_breakdown,
    last_event_at: at,
    session_started_at: at,
    session_last_at: at,
    session_events: 1,
    session_game_id: 'g',
  };
}

it('publishes every event type of a player', () => {
  const record = totalsToRecord('', totalsOf({ a: 1, b: 2 }), 0);
  expect(JSON.parse(String(record.value))).toMatchObject({ event_breakdown: { a: 1, b: 2 } });
  expect(String(record.value)).not.toContain('left_out');
});

it('publishes only the most frequent types if a record of all types exceeds the limit of the broker', () => {
  const long = 'x'.repeat(94);
  const types = Array.from(
    { length: 20_000 },
    (_, index) => [`${long}${index}`, index + 1] as const,
  );
  const record = totalsToRecord('', totalsOf(Object.fromEntries(types)), 0);
  expect(Buffer.byteLength(record.value)).toBeLessThan(256 * 1024);
  const { event_breakdown, event_types_left_out, total_events } = JSON.parse(
    String(record.value),
  ) as Record<string, unknown>;
  expect(Object.keys(event_breakdown as object)).toHaveLength(1_000);
  expect(event_breakdown).toHaveProperty([`${long}19999`], 20_000);
  expect(event_types_left_out).toBe(19_000);
  expect(total_events).toBe((20_000 * 20_001) / 2);
});
