import { describe, expect, it } from 'vitest';

import { keptUntilMs, periods, windowAt, windowLabelled, windowStarting } from './windows.js';

const at = (text: string) => Date.parse(text);

describe('windowAt', () => {
  it.each([
    ['2026-11-23T00:00:00.000Z', '2026-11-23'],
    ['2026-11-23T23:59:59.999Z', '2026-11-23'],
    ['2026-11-24T00:30:00+01:00', '2026-11-23'],
    ['2024-02-29T12:00:00Z', '2024-02-29'],
  ])('assigns %s to the UTC day %s', (instant, label) => {
    const window = windowAt('daily', at(instant));
    expect(window).toMatchObject({ start: label, label });
    expect(window.endMs - at(`${label}T00:00:00Z`)).toBe(24 * 60 * 60 * 1000);
  });

  // ISO 8601: the week belongs to the year of its Thursday; 2020 and 2026 have 53 weeks.
  it.each([
    ['2026-11-23', '2026-W48', '2026-11-23'],
    ['2026-11-29', '2026-W48', '2026-11-23'],
    ['2021-01-03', '2020-W53', '2020-12-28'],
    ['2021-01-04', '2021-W01', '2021-01-04'],
    ['2024-12-30', '2025-W01', '2024-12-30'],
    ['2027-01-01', '2026-W53', '2026-12-28'],
    ['2023-01-01', '2022-W52', '2022-12-26'],
    ['1970-01-01', '1970-W01', '1969-12-29'],
  ])('assigns %s to the ISO week %s', (day, label, start) => {
    const window = windowAt('weekly', at(`${day}T13:00:00Z`));
    expect(window).toMatchObject({ label, start });
    expect(window.endMs - at(`${start}T00:00:00Z`)).toBe(7 * 24 * 60 * 60 * 1000);
  });

  it('returns one window for all time', () => {
    expect(windowAt('alltime', at('2026-11-23T00:00:00Z'))).toEqual({
      period: 'alltime',
      start: '1970-01-01',
      endMs: Infinity,
      label: 'alltime',
    });
  });
});

describe('windowStarting', () => {
  it.each(periods)('returns the %s window of a start day', (period) => {
    for (const day of ['1970-01-01', '2024-12-31', '2027-01-01']) {
      const window = windowAt(period, at(`${day}T18:00:00Z`));
      expect(windowStarting(period, window.start)).toEqual(window);
    }
  });
});

describe('windowLabelled', () => {
  it.each(periods)('returns the %s window of a label', (period) => {
    for (const day of ['1970-01-05', '2020-12-31', '2024-12-31', '2027-01-01']) {
      const window = windowAt(period, at(`${day}T18:00:00Z`));
      if (period !== 'alltime') expect(windowLabelled(period, window.label)).toEqual(window);
    }
  });

  it('returns undefined for an invalid label', () => {
    expect(windowLabelled('weekly', '2026-W54')).toBeUndefined();
    expect(windowLabelled('daily', '2026-13-01')).toBeUndefined();
    expect(windowLabelled('daily', '2026-W48')).toBeUndefined();
  });
});

describe('keptUntilMs', () => {
  it('keeps daily boards for 35 days, weekly boards for 26 weeks and all-time boards forever', () => {
    const days = (count: number) => count * 24 * 60 * 60 * 1000;
    const kept = periods.map((period) => keptUntilMs(windowAt(period, 0)));
    expect(kept).toEqual([days(1 + 35), days(4 + 182), Infinity]);
  });
});
