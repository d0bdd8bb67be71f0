import { readFileSync } from 'node:fs';

import type { Environment } from './endpoints.js';

/** The clock of a pipeline, by which an event is in the future, or a board ends. */
export interface Clock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** How far it is ahead of the machine's clock, in milliseconds; negative if it is behind. */
  readonly aheadMs: () => number;
}

/** The machine's clock. */
export const systemClock: Clock = { now: Date.now, aheadMs: () => 0 };

/** A clock that runs as the machine's does, but `aheadMs` milliseconds ahead. */
export function clockAhead(aheadMs: () => number): Clock {
  return { now: () => Date.now() + aheadMs(), aheadMs };
}

/** Names a file that holds the `aheadMs` of a process's clock; the test harness writes it. */
export const clockFileVariable = 'GAMEMETRICS_CLOCK_FILE';

/** The machine's clock or, if the environment names a clock file, the clock of that file. */
export function clockFromEnvironment(env: Environment): Clock {
  const file = env[clockFileVariable] ?? '';
  if (file === '') return systemClock;
  // Read on each call, so that an advance takes effect immediately.
  return clockAhead(() => Number(readFileSync(file, 'utf8')));
}
