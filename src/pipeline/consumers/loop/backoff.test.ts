import { describe, expect, it } from 'vitest';

import { backoffMs } from './backoff.js';

describe('backoffMs', () => {
  it('doubles up to two seconds, half of it random', () => {
    expect(backoffMs(0, () => 0)).toBe(25);
    expect(backoffMs(0, () => 1)).toBe(50);
    expect(backoffMs(3, () => 1)).toBe(400);
    expect(backoffMs(50, () => 0)).toBe(1_000);
    expect(backoffMs(50, () => 1)).toBe(2_000);
  });
});
