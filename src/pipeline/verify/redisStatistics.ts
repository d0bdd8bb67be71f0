import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import { totalsToHashes, type Totals } from '../consumers/statistics/totals.js';
import { playerSessionKey, playerStatsKey } from '../contract/redisKeys.js';
import type { HashWrite } from '../projection/writes.js';
import type { Stores } from '../runtime/stores.js';
import { findConfirmed } from './confirmed.js';
import { withConsumersPaused } from './pausedConsumers.js';
import { differencesPerKind, type Comparison, type Difference, type OnProgress } from './report.js';

const pageStatistics = loadSql('page_statistics');
const lockStatistics = loadSql('lock_statistics');
const selectKnownPlayers = loadSql('select_known_players');

const pageRows = 1_000;

/** A session that expires within this time, in milliseconds, may or may not be in Redis. */
const expiryMs = 10_000;

type Fields = Readonly<Record<string, string>>;

/** A player's hash that differs from player_statistics. */
export interface HashDifference {
  readonly kind: 'player_stats' | 'player_session';
  readonly playerId: string;
  readonly key: string;
  /** The expected fields; undefined if PostgreSQL does not have the player. */
  readonly expected: HashWrite | undefined;
  readonly actual: Fields;
}

/**
 * Compares player_stats:* and player_session:* with player_statistics: they must contain its values and
 * no other players.
 */
export async function compareHashes(stores: Stores, onProgress: OnProgress): Promise<Comparison> {
  const differences: Difference[] = [];
  for await (const players of suspectPlayers(stores, onProgress)) {
    const found = await findConfirmed(
      stores,
      async () =>
        withConsumersPaused(stores, 'statistics', async (tx) => findHashes(stores, tx, players)),
      ({ key }) => key,
    );
    differences.push(...found.map(differenceOf));
    if (differences.length >= differencesPerKind) break;
  }
  return { differences: differences.slice(0, differencesPerKind), notCompared: [] };
}

/**
 * Yields players whose hashes seem to differ, compared while the consumers run, and finally players
 * that are in Redis but not in PostgreSQL.
 */
export async function* suspectPlayers(
  stores: Stores,
  onProgress: OnProgress,
): AsyncGenerator<string[]> {
  const { database, namespace, redis } = stores;
  let after = '';
  for (let done = 0; ;) {
    const rows = await database.query<Totals>(pageStatistics, [after, pageRows]);
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.player_id;
    const players = rows.map(({ player_id }) => player_id);
    const suspects = await differing(stores, rows, players);
    if (suspects.length > 0) yield [...new Set(suspects.map(({ playerId }) => playerId))];
    done += rows.length;
    onProgress(done);
  }
  for (const keyOf of [playerStatsKey, playerSessionKey]) {
    const prefix = keyOf(namespace, '');
    for await (const keys of redis.keysMatching(`${prefix}*`)) {
      const players = keys.map((key) => key.slice(prefix.length));
      const rows = await database.query<{ player_id: string }>(selectKnownPlayers, [players]);
      const known = new Set(rows.map(({ player_id }) => player_id));
      const orphans = players.filter((player) => !known.has(player));
      if (orphans.length > 0) yield orphans;
    }
  }
}

/** Selects the hashes of some players that differ; the statistics consumers must be paused. */
export async function findHashes(
  stores: Stores,
  tx: Queryable,
  players: readonly string[],
): Promise<HashDifference[]> {
  return differing(stores, await tx.query<Totals>(lockStatistics, [players]), players);
}

async function differing(
  stores: Stores,
  rows: readonly Totals[],
  players: readonly string[],
): Promise<HashDifference[]> {
  const { namespace, now, redis } = stores;
  const totals = new Map(rows.map((row) => [row.player_id, row]));
  const hashes = players.flatMap((playerId) => {
    const row = totals.get(playerId);
    const writes = row && totalsToHashes(namespace, row, Object.keys(row.event_breakdown));
    return [
      { kind: 'player_stats' as const, playerId, key: playerStatsKey(namespace, playerId) },
      { kind: 'player_session' as const, playerId, key: playerSessionKey(namespace, playerId) },
    ].map((hash) => ({ ...hash, expected: writes?.find(({ key }) => key === hash.key) }));
  });
  const compared = hashes.filter(({ expected }) => {
    return (expected?.expireAtMs ?? Infinity) > now() + expiryMs;
  });
  const found = await redis.hashes.readAll(compared.map(({ key }) => key));
  return compared
    .map((hash, index) => ({ ...hash, actual: found[index] ?? {} }))
    .filter(({ expected, actual }) => !sameFields(fieldsOf(expected), actual));
}

function fieldsOf(write: HashWrite | undefined): Fields {
  const fields = Object.entries(write?.fields ?? {});
  return Object.fromEntries(fields.map(([field, value]) => [field, String(value)]));
}

function sameFields(a: Fields, b: Fields): boolean {
  const fields = Object.keys(a);
  return fields.length === Object.keys(b).length && fields.every((field) => a[field] === b[field]);
}

function differenceOf({ kind, playerId, expected, actual }: HashDifference): Difference {
  return {
    where: kind,
    key: playerId,
    expected: expected === undefined ? null : expected.fields,
    actual: Object.keys(actual).length === 0 ? null : actual,
  };
}
