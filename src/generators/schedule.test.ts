import { expect, it } from 'vitest';

import { constantRate } from './schedule.js';

it('spaces events evenly, without a drift', () => {
  const due = constantRate(300);
  expect(due(0)).toBe(0);
  expect(due(3)).toBe(10);
  expect(due(3_000_000)).toBe(10_000_000);
});

it('has everything due at once at rate 0', () => {
  expect(constantRate(0)(1_000)).toBeUndefined();
});
