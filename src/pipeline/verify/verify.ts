import { loadSql } from '../../stores/postgres/sql.js';
import type { Stores } from '../runtime/stores.js';
import { compareLog } from './log.js';
import { compareSets } from './redisBoards.js';
import { compareHashes } from './redisStatistics.js';
import { explain, type Comparison, type OnProgress, type VerifyReport } from './report.js';
import { compareScores, compareStatistics } from './tables.js';
import { compareTops } from './tops.js';

const countVerified = loadSql('count_verified');

const steps: readonly (readonly [
  what: string,
  compare: (stores: Stores, onProgress: OnProgress) => Promise<Comparison>,
])[] = [
  ['events = player.events.raw', compareLog],
  ['player_statistics = events', compareStatistics],
  ['player_stats:* = player_statistics', compareHashes],
  ['player_scores = events', compareScores],
  ['leaderboard:* = player_scores', compareSets],
  ['leaderboards = tops of player_scores', compareTops],
];

export interface VerifyOptions {
  /** Called before each comparison. @param step counts from 1 */
  readonly onStep?: (what: string, step: number, of: number) => void;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/**
 * Compares the log and the stores with each other: the log's events are stored, statistics and scores
 * equal the sums of `events`, Redis contains the same values, and `leaderboards` contains the tops. Each
 * comparison reads a consistent state, page by page, so events may flow meanwhile.
 * @throws StoreUnavailable, the signal's reason
 */
export async function verify(
  stores: Stores,
  { onStep, onProgress = () => undefined, signal }: VerifyOptions = {},
): Promise<VerifyReport> {
  const found: Comparison[] = [];
  for (const [index, [what, compare]] of steps.entries()) {
    onStep?.(what, index + 1, steps.length);
    found.push(
      await compare(stores, (done, of) => {
        signal?.throwIfAborted();
        onProgress(done, of);
      }),
    );
  }
  const [compared] = await stores.database.query<VerifyReport['compared']>(countVerified);
  if (compared === undefined) throw new Error('count_verified.sql returned no row');
  const differences = found.flatMap((comparison) => comparison.differences).map(explain);
  const not_compared = found.flatMap((comparison) => comparison.notCompared);
  return { ok: differences.length === 0, compared, differences, not_compared };
}
