import { loadSql } from '../../stores/postgres/sql.js';
import type { Totals } from '../consumers/statistics/totals.js';
import { playerStatsKey } from '../contract/redisKeys.js';
import type { Stores } from '../stores.js';
import { differencesAKind, type Difference } from './report.js';

const pageStatistics = loadSql('page_statistics');

const pageRows = 1_000;

/** player_stats:* in Redis against player_statistics, and that there is no other such key. */
export async function compareStatsHashes(stores: Stores): Promise<Difference[]> {
  const { database, namespace } = stores;
  const differences: Difference[] = [];
  let rows: Totals[];
  let after = '';
  let players = 0;
  do {
    rows = await database.query<Totals>(pageStatistics, [after, pageRows]);
    const hashes = await readHashes(stores, rows);
    for (const [index, row] of rows.entries()) {
      const expected = expectedHash(row);
      const actual = countsOf(hashes[index] ?? {});
      if (sameCounts(expected, actual)) continue;
      differences.push({ where: 'player_stats', key: row.player_id, expected, actual });
      if (differences.length >= differencesAKind) return differences;
    }
    players += rows.length;
    after = rows.at(-1)?.player_id ?? after;
  } while (rows.length === pageRows);
  const keys = await countKeys(stores, playerStatsKey(namespace, '*'));
  if (keys > players) {
    const key = playerStatsKey(namespace, '*');
    differences.push({ where: 'player_stats', key, expected: players, actual: keys });
  }
  return differences;
}

async function countKeys({ redis }: Stores, match: string): Promise<number> {
  const found = new Set<string>();
  for await (const keys of redis.keysMatching(match)) for (const key of keys) found.add(key);
  return found.size;
}

async function readHashes(
  { redis, namespace }: Stores,
  rows: readonly Totals[],
): Promise<Record<string, string>[]> {
  return redis.run(async (client) => {
    const pipeline = client.pipeline();
    for (const { player_id } of rows) pipeline.hgetall(playerStatsKey(namespace, player_id));
    const replies = (await pipeline.exec()) ?? [];
    return replies.map(([error, reply]) => {
      if (error !== null) throw error;
      return reply as Record<string, string>;
    });
  });
}

type Counts = Readonly<Record<string, number>>;

function expectedHash(row: Totals): Counts {
  const types = Object.entries(row.event_breakdown);
  return {
    total_events: row.total_events,
    ...Object.fromEntries(types.map(([type, count]) => [`event_${type}`, count])),
  };
}

function countsOf(hash: Record<string, string>): Counts {
  const counts = Object.entries(hash).filter(([field]) => field !== 'last_event');
  return Object.fromEntries(counts.map(([field, value]) => [field, Number(value)]));
}

function sameCounts(a: Counts, b: Counts): boolean {
  const fields = Object.keys(a);
  return fields.length === Object.keys(b).length && fields.every((field) => a[field] === b[field]);
}
