/** One thing that is not as it must be. */
export interface Difference {
  /** The table or Redis key that is compared with what it follows from. */
  readonly where:
    | 'events'
    | 'player_statistics'
    | 'player_stats'
    | 'player_session'
    | 'player_scores'
    | 'leaderboard'
    | 'leaderboards';
  /** Which row or key, in words: a player, or a board and a player. */
  readonly key: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** A difference with what most likely led to it, in words. */
export interface ExplainedDifference extends Difference {
  readonly cause: string;
}

/** What a verification compared and found. */
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
  /** What there was nothing to compare with, in words: it is no difference, and no proof either. */
  readonly not_compared: readonly string[];
}

/** Told how much of one comparison is done; of nothing known is `undefined`. */
export type OnProgress = (done: number, of?: number) => void;

/** What one comparison found. */
export interface Comparison {
  readonly differences: readonly Difference[];
  readonly notCompared: readonly string[];
}

/** How many differences of a kind are told. */
export const differencesAKind = 50;

/** The probable cause of a difference, by where it is and which way. */
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
        : 'rows were written by somebody else';
    case 'player_statistics':
    case 'player_scores':
      if (unknown) return 'events were deleted after they had been counted';
      return missing ? 'the row was deleted' : 'the row, its events or the ledger were changed';
    case 'player_stats':
    case 'player_session':
    case 'leaderboard':
      if (unknown) return 'written by somebody else, or by a batch that was never committed';
      return missing
        ? 'Redis lost it, and its markers say otherwise'
        : 'Redis was changed, or is a copy of another time';
    case 'leaderboards':
      return 'the row was changed, or the leaderboard role does not come to it';
  }
}
