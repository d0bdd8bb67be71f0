/** The boards of a game: one per UTC day, one per ISO week, and one for all time. */
export const periods = ['daily', 'weekly', 'alltime'] as const;

export type Period = (typeof periods)[number];

export interface Window {
  readonly period: Period;
  /** First UTC day as `YYYY-MM-DD`; `1970-01-01` for all time. */
  readonly start: string;
  /** Epoch milliseconds at which the window ends, exclusive; Infinity for all time. */
  readonly endMs: number;
  /** `2026-11-23`, `2026-W48` or `alltime`. */
  readonly label: string;
}

/** A UTC day, in milliseconds. */
export const dayMs = 24 * 60 * 60 * 1000;

/** How long Redis keeps a window's sorted set after the end of the window, in milliseconds. */
const keptMs = { daily: 35 * dayMs, weekly: 26 * 7 * dayMs, alltime: Infinity } as const;

/** The window of a period that contains an instant (epoch milliseconds, not before 1970). */
export function windowAt(period: Period, atMs: number): Window {
  const midnight = Math.floor(atMs / dayMs) * dayMs;
  switch (period) {
    case 'daily': {
      const start = isoDay(midnight);
      return { period, start, endMs: midnight + dayMs, label: start };
    }
    case 'weekly': {
      const monday = midnight - isoWeekday(midnight) * dayMs;
      return { period, start: isoDay(monday), endMs: monday + 7 * dayMs, label: isoWeek(monday) };
    }
    case 'alltime':
      return { period, start: '1970-01-01', endMs: Infinity, label: 'alltime' };
  }
}

/** The window of a period that starts on a day in the format of {@link Window.start}. */
export function windowStarting(period: Period, start: string): Window {
  return windowAt(period, Date.parse(`${start}T00:00:00Z`));
}

/**
 * The window of a period with a label in the format of {@link Window.label}; undefined if invalid.
 */
export function windowLabelled(period: Period, label: string): Window | undefined {
  const [year = '', week] = label.split('-W');
  // 4 January is always in week 1.
  const atMs =
    week === undefined
      ? Date.parse(`${label}T00:00:00Z`)
      : Date.UTC(Number(year), 0, 4) + (Number(week) - 1) * 7 * dayMs;
  if (Number.isNaN(atMs)) return undefined;
  const window = windowAt(period, atMs);
  return window.label === label ? window : undefined;
}

/** The time until which Redis keeps the window's sorted set, in epoch ms; Infinity for all time. */
export function keptUntilMs(window: Window): number {
  return window.endMs + keptMs[window.period];
}

/** 0 for Monday to 6 for Sunday. */
function isoWeekday(ms: number): number {
  return (new Date(ms).getUTCDay() + 6) % 7;
}

/** ISO 8601: a week belongs to the year of its Thursday, and week 1 contains the first Thursday. */
function isoWeek(mondayMs: number): string {
  const thursday = new Date(mondayMs + 3 * dayMs);
  const year = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs));
  return `${year}-W${String(week).padStart(2, '0')}`;
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
