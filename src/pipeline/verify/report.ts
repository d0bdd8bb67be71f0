/** One row, key or member that differs from its source. */
export interface Difference {
  /** The table or kind of Redis key that differs. */
  readonly where:
    | 'events'
    | 'player_statistics'
    | 'player_stats'
    | 'player_session'
    | 'player_scores'
    | 'leaderboard'
    | 'leaderboards';
  /** The row or key in readable form: a player, or a board and a player. */
  readonly key: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** A difference with its most likely cause. */
export interface ExplainedDifference extends Difference {
  readonly cause: string;
}

/** The result of a verification. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly compared: {
    readonly events: number;
    readonly players: number;
    readonly scores: number;
    readonly boards: number;
    readonly dead_letters: number;
  };
  /** The first differences of each kind. */
  readonly differences: readonly ExplainedDifference[];
  /** Parts that could not be compared, and why. */
  readonly not_compared: readonly string[];
}

/** Called with the progress of a comparison; `of` is undefined if the total is not known. */
export type OnProgress = (done: number, of?: number) => void;

/** The result of one comparison. */
export interface Comparison {
  readonly differences: readonly Difference[];
  readonly notCompared: readonly string[];
}

/** Maximum number of differences of each kind that are reported. */
export const differencesPerKind = 50;

/** Adds the most likely cause, by the place of the difference and the side that lacks a value. */
export function explain(difference: Difference): ExplainedDifference {
  return { ...difference, cause: causeOf(difference) };
}

function causeOf({ where, expected, actual }: Difference): string {
  const missing = actual === null || actual === undefined;
  const unknown = expected === null || expected === undefined;
  switch (where) {
    case 'events':
      return missing
        ? 'a row was deleted, or the database is older than the log'
        : 'another program wrote rows';
    case 'player_statistics':
    case 'player_scores':
      if (unknown) return 'events were deleted after they were counted';
      return missing ? 'the row was deleted' : 'the row, its events or the ledger were changed';
    case 'player_stats':
    case 'player_session':
    case 'leaderboard':
      if (unknown) return 'written by another program, or by a batch that was never committed';
      return missing
        ? 'Redis lost it but kept its markers'
        : 'Redis was changed, or was restored from another time';
    case 'leaderboards':
      return 'the row was changed, or the leaderboard role is not running';
  }
}
