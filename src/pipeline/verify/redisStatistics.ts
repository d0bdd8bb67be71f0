import { setTimeout as sleep } from 'node:timers/promises';

import { loadSql } from '../../stores/postgres/sql.js';
import type { Totals } from '../consumers/statistics/totals.js';
import { playerStatsKey } from '../contract/redisKeys.js';
import type { Stores } from '../stores.js';
import { differencesAKind, type Difference, type OnProgress } from './report.js';

const lockPage = loadSql('lock_statistics_page');
const selectKnownPlayers = loadSql('select_known_players');

const pageRows = 1_000;

/** A batch that wrote to Redis commits within this time, or not at all; milliseconds. */
const commitMs = 1_000;

/**
 * player_stats:* in Redis against player_statistics, and that there is no other such key. A page's rows
 * are locked while it is compared: whoever changes them has then committed what Redis shows.
 */
export async function compareStatsHashes(
  stores: Stores,
  onProgress: OnProgress,
): Promise<Difference[]> {
  const strangers = await strangePlayers(stores);
  const differences: Difference[] = [];
  let after = '';
  let done = 0;
  for (;;) {
    const page = await stores.database.transaction(async (tx) => {
      const rows = await tx.query<Totals>(lockPage, [after, pageRows]);
      const hashes = await readHashes(stores, rows);
      return rows.map((row, index) => ({ row, hash: hashes[index] ?? {} }));
    });
    for (const { row, hash } of page) {
      const expected = expectedHash(row);
      const actual = countsOf(hash);
      if (sameCounts(expected, actual)) continue;
      const shown = Object.keys(actual).length === 0 ? null : actual;
      differences.push({ where: 'player_stats', key: row.player_id, expected, actual: shown });
      if (differences.length >= differencesAKind) return differences;
    }
    const last = page.at(-1);
    if (last === undefined) return [...differences, ...strangers];
    after = last.row.player_id;
    done += page.length;
    onProgress(done, done);
  }
}

/** Keys of players that PostgreSQL knows nothing of. */
async function strangePlayers(stores: Stores): Promise<Difference[]> {
  const { database, namespace, redis } = stores;
  const prefix = playerStatsKey(namespace, '');
  const unknown = async (players: readonly string[]): Promise<string[]> => {
    const rows = await database.query<{ player_id: string }>(selectKnownPlayers, [players]);
    const known = new Set(rows.map(({ player_id }) => player_id));
    return players.filter((player) => !known.has(player));
  };
  let suspects: string[] = [];
  for await (const keys of redis.keysMatching(`${prefix}*`)) {
    suspects.push(...(await unknown(keys.map((key) => key.slice(prefix.length)))));
    if (suspects.length > differencesAKind) break;
  }
  if (suspects.length > 0) {
    // Redis is written before COMMIT: a new player's may be under way.
    await sleep(commitMs);
    suspects = await unknown(suspects);
  }
  return suspects.slice(0, differencesAKind).map((player) => ({
    where: 'player_stats',
    key: player,
    expected: null,
    actual: 'a hash',
  }));
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
