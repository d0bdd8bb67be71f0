import { loadSql } from '../../stores/postgres/sql.js';
import type { Stores } from '../stores.js';
import { compareSets } from './redisBoards.js';
import { compareStatsHashes } from './redisStatistics.js';
import type { Difference, VerifyReport } from './report.js';
import { compareScores, compareStatistics, compareTops } from './tables.js';

const countVerified = loadSql('count_verified');

const steps: readonly (readonly [
  what: string,
  compare: (stores: Stores) => Promise<Difference[]>,
])[] = [
  ['player_statistics = events', compareStatistics],
  ['player_stats:* = player_statistics', compareStatsHashes],
  ['player_scores = events', compareScores],
  ['leaderboard:* = player_scores', compareSets],
  ['leaderboards = tops of player_scores', compareTops],
];

/**
 * Compares the stores with each other, once the pipeline is drained: the statistics and scores are
 * what `events` says, Redis holds the same, and `leaderboards` are the tops.
 * @param onStep told what is compared next
 */
export async function verify(
  stores: Stores,
  onStep?: (what: string, step: number, of: number) => void,
): Promise<VerifyReport> {
  const differences: Difference[] = [];
  for (const [index, [what, compare]] of steps.entries()) {
    onStep?.(what, index + 1, steps.length);
    differences.push(...(await compare(stores)));
  }
  const [compared] = await stores.database.query<VerifyReport['compared']>(countVerified);
  if (compared === undefined) throw new Error('count_verified.sql returned no row');
  return { ok: differences.length === 0, compared, differences };
}
