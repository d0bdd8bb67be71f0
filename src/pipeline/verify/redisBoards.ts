import { loadSql } from '../../stores/postgres/sql.js';
import type { ScoreRow } from '../consumers/leaderboard/boards.js';
import { boardKey, currentBoardKey } from '../contract/redisKeys.js';
import { groupName } from '../contract/topics.js';
import { keptUntilMs, windowAt, windowStarting } from '../contract/windows.js';
import type { Stores } from '../stores.js';
import { differencesAKind, type Difference, type OnProgress } from './report.js';
import { boardPlayer } from './tables.js';

const lockPage = loadSql('lock_scores_page');
const lockGroupOffsets = loadSql('lock_group_offsets');
const countScores = loadSql('count_scores');

const pageRows = 2_000;

/**
 * The boards' sorted sets in Redis against player_scores, for the windows that Redis keeps, and that
 * no set holds anyone else. The set of a current window must hold the same as its dated one.
 */
export async function compareSets(stores: Stores, onProgress: OnProgress): Promise<Difference[]> {
  const differences: Difference[] = [];
  const members = new Map<string, number>();
  let last: ScoreRow | undefined;
  let done = 0;
  for (;;) {
    const from = last;
    // Locked: whoever changes these rows has then committed what Redis shows.
    const page = await stores.database.transaction(async (tx) => {
      const rows = await tx.query<ScoreRow>(lockPage, [
        from?.game_id ?? '',
        from?.period ?? '',
        from?.window_start ?? '1970-01-01',
        from?.player_id ?? '',
        pageRows,
      ]);
      const places = rows.flatMap((row) => keysOf(stores, row).map((key) => ({ key, row })));
      const scores = await readScores(stores, places);
      return { rows, places: places.map((place, index) => ({ ...place, actual: scores[index] })) };
    });
    for (const { key, row, actual = null } of page.places) {
      members.set(key, (members.get(key) ?? 0) + 1);
      if (actual !== null && Number(actual) === row.score) continue;
      const where = `${boardPlayer(row)} in ${key}`;
      differences.push({ where: 'leaderboard', key: where, expected: row.score, actual });
      if (differences.length >= differencesAKind) return differences;
    }
    last = page.rows.at(-1);
    if (last === undefined) return [...differences, ...(await compareSizes(stores, members))];
    done += page.rows.length;
    onProgress(done, done);
  }
}

type BoardOfRow = Pick<ScoreRow, 'game_id' | 'period' | 'window_start'>;

/** The sets in which a board's rows of player_scores must be. */
function keysOf({ namespace, now }: Stores, row: BoardOfRow): string[] {
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

/** Whether a set holds anyone else. What has joined since it was compared shows in PostgreSQL, too. */
async function compareSizes(
  stores: Stores,
  members: ReadonlyMap<string, number>,
): Promise<Difference[]> {
  const { redis, database, namespace } = stores;
  const sizes = await redis.run(async (client) =>
    Promise.all([...members.keys()].map(async (key) => client.zcard(key))),
  );
  const larger = [...members]
    .map(([key, expected], index) => ({ key, expected, actual: sizes[index] ?? 0 }))
    .filter(({ expected, actual }) => actual !== expected);
  if (larger.length === 0) return [];
  const group = groupName(namespace, 'leaderboard');
  // Batches wait: now both sides can be counted.
  return database.transaction(async (tx) => {
    await tx.query(lockGroupOffsets, [group]);
    const rows = await tx.query<BoardCount>(countScores);
    const differences: Difference[] = [];
    for (const { key } of larger) {
      const row = rows.find((each) => keysOf(stores, each).includes(key));
      const expected = row?.players ?? 0;
      const actual = await redis.run(async (client) => client.zcard(key));
      if (actual !== expected) differences.push({ where: 'leaderboard', key, expected, actual });
    }
    return differences.slice(0, differencesAKind);
  });
}

interface BoardCount extends BoardOfRow {
  readonly players: number;
}
