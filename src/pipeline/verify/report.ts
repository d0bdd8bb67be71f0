/** One thing that is not as it must be. */
export interface Difference {
  /** The table or Redis key that is compared with what it follows from. */
  readonly where:
    'player_statistics' | 'player_stats' | 'player_scores' | 'leaderboard' | 'leaderboards';
  /** Which row or key, in words: a player, or a board and a player. */
  readonly key: string;
  readonly expected: unknown;
  readonly actual: unknown;
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
  readonly differences: readonly Difference[];
}

/** How many differences of a kind are told. */
export const differencesAKind = 50;
