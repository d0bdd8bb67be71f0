import { describe, expect, it } from 'vitest';

import { parseDuration } from './duration.js';

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['60s', 60_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1.5s', 1500],
    ['0', 0],
    ['10', 10_000],
    ['1.1h', 3_960_000],
    ['16.1s', 16_100],
  ])('reads %s as %i ms', (input, ms) => {
    expect(parseDuration(input)).toBe(ms);
  });

  it.each(['', 's', '-1s', '1 s', '1d', '1e3', '9s9'])('refuses %j', (input) => {
    expect(() => parseDuration(input)).toThrow('is not a time');
  });
});
