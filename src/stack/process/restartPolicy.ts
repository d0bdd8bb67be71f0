/** What is known of a process when it has just exited without being asked to. */
export interface ExitHistory {
  /** Whether it was ready at least once since its supervisor started it. */
  readonly wasReady: boolean;
  /** Exits in a row before it got ready, this one included; 0 where it was ready until now. */
  readonly failedStarts: number;
  /** When it was restarted before, in ms of one clock. */
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
 * Decides what happens after an exit. What ran is back at once (50 ms); what cannot start backs
 * off, doubling to 10 s, for as long as it takes, since what it waits for may itself be away. Two
 * things are hopeless: a first start that fails three times, and 20 restarts within a minute.
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
