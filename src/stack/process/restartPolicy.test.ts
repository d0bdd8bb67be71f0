import { describe, expect, it } from 'vitest';

import { decideRestart } from './restartPolicy.js';

const now = 1_000_000;

describe('decideRestart', () => {
  it('restarts at once a process that was ready', () => {
    const history = { wasReady: true, failedStarts: 0, restarts: [] };
    expect(decideRestart(history, now)).toEqual({ action: 'restart', delayMs: 50 });
  });

  it('backs off, doubling up to ten seconds, while starts fail', () => {
    const delays = [1, 2, 3, 20].map((failedStarts) =>
      decideRestart({ wasReady: true, failedStarts, restarts: [] }, now),
    );
    expect(delays).toEqual(
      [100, 200, 400, 10_000].map((delayMs) => ({ action: 'restart', delayMs })),
    );
  });

  it('gives up after three failed starts if the process was never ready', () => {
    const after = (failedStarts: number) =>
      decideRestart({ wasReady: false, failedStarts, restarts: [] }, now).action;
    expect([after(1), after(2), after(3)]).toEqual(['restart', 'restart', 'give-up']);
  });

  it('gives up after 20 restarts within a minute, and ignores older ones', () => {
    const crashes = (ageMs: number) =>
      decideRestart(
        { wasReady: true, failedStarts: 0, restarts: Array<number>(20).fill(now - ageMs) },
        now,
      ).action;
    expect([crashes(59_999), crashes(60_000)]).toEqual(['give-up', 'restart']);
  });
});
