import { readFileSync } from 'node:fs';

import type { Environment } from './endpoints.js';

/** The time that a pipeline goes by: when an event is from the future, when a board ends. */
export interface Clock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** How far it is ahead of the machine's clock, in milliseconds; below zero where it is behind. */
  readonly aheadMs: () => number;
}

/** The machine's clock. */
export const systemClock: Clock = { now: Date.now, aheadMs: () => 0 };

/** A clock that goes as the machine's does, and is ahead of it by so many milliseconds. */
export function clockAhead(aheadMs: () => number): Clock {
  return { now: () => Date.now() + aheadMs(), aheadMs };
}

/** Names a file that says how far a process's clock is ahead; the test harness writes it. */
export const clockFileVariable = 'GAMEMETRICS_CLOCK_FILE';

/** The machine's clock, unless the environment names a file that says how far another is ahead. */
export function clockFromEnvironment(env: Environment): Clock {
  const file = env[clockFileVariable] ?? '';
  if (file === '') return systemClock;
  // Read each time: the very next look at the clock after it was advanced shows that.
  return clockAhead(() => Number(readFileSync(file, 'utf8')));
}
