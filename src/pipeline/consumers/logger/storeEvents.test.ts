import { expect, it } from 'vitest';

import { inMicroseconds } from './storeEvents.js';

it.each([
  ['2026-11-24T23:59:59.9999999Z', '2026-11-24T23:59:59.999999Z'],
  ['2026-11-24T23:59:59.99999999999+05:30', '2026-11-24T23:59:59.999999+05:30'],
  ['2026-11-24T23:59:59.999999Z', '2026-11-24T23:59:59.999999Z'],
  ['2026-11-24T23:59:59.9Z', '2026-11-24T23:59:59.9Z'],
  ['2026-11-24T23:59:59Z', '2026-11-24T23:59:59Z'],
])('truncates %s to microseconds', (time, cut) => {
  expect(inMicroseconds(time)).toBe(cut);
});
