/** The history of a process that has just exited unexpectedly. */
export interface ExitHistory {
  /** Whether it was ready at least once since its supervisor started it. */
  readonly wasReady: boolean;
  /** Consecutive exits before it was ready, including this one; 0 if it was ready until now. */
  readonly failedStarts: number;
  /** The times of earlier restarts; ms, by the same clock as `now`. */
  readonly restarts: readonly number[];
}

export type RestartDecision =
  | { readonly action: 'restart'; readonly delayMs: number }
  | { readonly action: 'give-up'; readonly reason: string };

const minute = 60_000;
const firstDelay = 50;
const longestDelay = 10_000;
const startsBeforeGivingUp = 3;
const restartsInAMinute = 20;

/**
 * Decides what happens after an exit. A process that was ready is restarted at once (50 ms). While
 * starts fail, the delay doubles up to 10 s, for any number of attempts, since a dependency may be
 * down. The supervisor gives up in two cases: the first three starts fail, or the process is
 * restarted 20 times within a minute.
 */
export function decideRestart(history: ExitHistory, now: number): RestartDecision {
  const { wasReady, failedStarts, restarts } = history;
  if (!wasReady && failedStarts >= startsBeforeGivingUp) {
    return { action: 'give-up', reason: `${failedStarts} starts failed` };
  }
  const recent = restarts.filter((restart) => now - restart < minute).length;
  if (recent >= restartsInAMinute) {
    return { action: 'give-up', reason: `${recent} restarts within a minute` };
  }
  return { action: 'restart', delayMs: Math.min(firstDelay * 2 ** failedStarts, longestDelay) };
}
