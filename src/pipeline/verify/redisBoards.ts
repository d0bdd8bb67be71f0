import { loadSql } from '../../stores/postgres/sql.js';
import type { ScoreRow } from '../consumers/leaderboard/boards.js';
import { boardKey, currentBoardKey } from '../contract/redisKeys.js';
import { keptUntilMs, windowAt, windowStarting } from '../contract/windows.js';
import type { Stores } from '../stores.js';
import { differencesAKind, type Difference } from './report.js';
import { boardPlayer } from './tables.js';

const pageScores = loadSql('page_scores');

const pageRows = 2_000;

/**
 * The boards' sorted sets in Redis against player_scores, for the windows that Redis keeps, and that
 * no set holds anyone else. The set of a current window must hold the same as its dated one.
 */
export async function compareSets(stores: Stores): Promise<Difference[]> {
  const differences: Difference[] = [];
  const members = new Map<string, number>();
  let rows: ScoreRow[];
  let last: ScoreRow | undefined;
  do {
    rows = await stores.database.query<ScoreRow>(pageScores, [
      last?.game_id ?? '',
      last?.period ?? '',
      last?.window_start ?? '1970-01-01',
      last?.player_id ?? '',
      pageRows,
    ]);
    last = rows.at(-1);
    const expected = rows.flatMap((row) => keysOf(stores, row).map((key) => ({ key, row })));
    const scores = await readScores(stores, expected);
    for (const [index, { key, row }] of expected.entries()) {
      members.set(key, (members.get(key) ?? 0) + 1);
      const actual = scores[index] ?? null;
      if (actual !== null && Number(actual) === row.score) continue;
      differences.push({
        where: 'leaderboard',
        key: `${boardPlayer(row)} in ${key}`,
        expected: row.score,
        actual,
      });
      if (differences.length >= differencesAKind) return differences;
    }
  } while (rows.length === pageRows);
  return [...differences, ...(await compareSizes(stores, members))];
}

/** The sets in which a row of player_scores must be. */
function keysOf({ namespace, now }: Stores, row: ScoreRow): string[] {
  const window = windowStarting(row.period, row.window_start);
  if (keptUntilMs(window) <= now()) return [];
  const dated = boardKey(namespace, row.game_id, window);
  if (row.period === 'alltime' || windowAt(row.period, now()).start !== row.window_start) {
    return [dated];
  }
  return [dated, currentBoardKey(namespace, row.game_id, row.period)];
}

async function readScores(
  { redis }: Stores,
  places: readonly { readonly key: string; readonly row: ScoreRow }[],
): Promise<(string | null)[]> {
  return redis.run(async (client) => {
    const pipeline = client.pipeline();
    for (const { key, row } of places) pipeline.zscore(key, row.player_id);
    return ((await pipeline.exec()) ?? []).map(([error, reply]) => {
      if (error !== null) throw error;
      return reply as string | null;
    });
  });
}

async function compareSizes(
  { redis }: Stores,
  members: ReadonlyMap<string, number>,
): Promise<Difference[]> {
  const sizes = await redis.run(async (client) =>
    Promise.all([...members.keys()].map(async (key) => client.zcard(key))),
  );
  return [...members]
    .map(([key, expected], index) => ({ key, expected, actual: sizes[index] ?? 0 }))
    .filter(({ expected, actual }) => expected !== actual)
    .slice(0, differencesAKind)
    .map((size) => ({ where: 'leaderboard' as const, ...size }));
}
