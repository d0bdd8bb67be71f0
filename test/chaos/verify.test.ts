import { afterAll, beforeAll, expect, it } from 'vitest';

import { runLoad } from '../../src/generators/load.js';
import { createGameMetrics, type GameMetrics } from '../../src/index.js';
import { openStores, type Stores } from '../../src/pipeline/stores.js';
import { repair } from '../../src/pipeline/verify/repair.js';
import { verify } from '../../src/pipeline/verify/verify.js';
import { event, score } from '../support/events.js';

let gm: GameMetrics;
let stores: Stores;
beforeAll(async () => {
  gm = await createGameMetrics({ stack: 'embedded' });
  stores = await openStores(gm.endpoints);
  const players = Array.from({ length: 150 }, (_, index) => `player-${index}`);
  await gm.send(
    ...players.flatMap((player, n) => [score(player, n), event({ player_id: player })]),
  );
  await gm.waitDrained();
});
afterAll(async () => {
  await stores[Symbol.asyncDispose]();
  await gm.stop();
});

/** What verify finds, as `where key`. */
async function found(): Promise<string[]> {
  const { differences } = await verify(stores);
  for (const { cause } of differences) expect(cause).not.toBe('');
  return differences.map(({ where, key }) => `${where} ${key}`).sort();
}

it('finds nothing where nothing is', async () => {
  expect(await found()).toEqual([]);
});

const changes: readonly [string, where: string, change: () => Promise<unknown>][] = [
  [
    'a total',
    'player_statistics',
    async () =>
      gm.query(`UPDATE player_statistics SET total_events = 9 WHERE player_id = 'player-1'`),
  ],
  [
    'a deleted player',
    'player_statistics',
    async () => gm.query(`DELETE FROM player_statistics WHERE player_id = 'player-2'`),
  ],
  [
    'a player of no event',
    'player_statistics',
    async () =>
      gm.query(`INSERT INTO player_statistics
        SELECT 'nobody', total_events, event_breakdown, last_event_at, session_started_at,
          session_last_at, session_events, session_game_id
        FROM player_statistics LIMIT 1`),
  ],
  [
    'an event that was taken for counted',
    'player_statistics',
    async () => {
      await gm.query(
        `UPDATE player_statistics SET total_events = 1, event_breakdown = '{"player_score": 1}' WHERE player_id = 'player-3'`,
      );
      await gm.query(`DELETE FROM statistics_ledger WHERE player_id = 'player-3'`);
      await gm.query(`UPDATE events SET created_at = now() - interval '1 hour'`);
    },
  ],
  [
    'a score',
    'player_scores',
    async () => gm.query(`UPDATE player_scores SET score = score + 1 WHERE player_id = 'player-4'`),
  ],
  [
    'a deleted score',
    'player_scores',
    async () =>
      gm.query(`DELETE FROM player_scores WHERE player_id = 'player-5' AND period = 'daily'`),
  ],
  [
    'a row of a top',
    'leaderboards',
    async () =>
      gm.query(`DELETE FROM leaderboards WHERE player_id = 'player-149' AND period = 'alltime'`),
  ],
  [
    'a hash of Redis',
    'player_stats',
    async () => gm.redis.hset('player_stats:player-6', 'total_events', 7),
  ],
  ['a lost hash of Redis', 'player_stats', async () => gm.redis.del('player_stats:player-7')],
  [
    'a stranger in Redis',
    'player_stats',
    async () => gm.redis.hset('player_stats:stranger', 'total_events', 7),
  ],
  [
    'a score in Redis',
    'leaderboard',
    async () => gm.redis.zadd('leaderboard:game-1:alltime', 1e6, 'player-8'),
  ],
  [
    'a stranger on a board of Redis',
    'leaderboard',
    async () => gm.redis.zadd('leaderboard:game-1:daily', 1, 'stranger'),
  ],
];

it.each(changes)('finds and repairs %s', async (_what, where, change) => {
  await change();
  expect((await found()).some((difference) => difference.startsWith(`${where} `))).toBe(true);
  await repair(stores);
  await gm.waitDrained();
  expect(await found()).toEqual([]);
});

it('repairs nothing where nothing differs', async () => {
  expect(await repair(stores)).toEqual({ players: 0, scores: 0, tops: 0, projections: 0 });
});

it('finds nothing while events flow', async () => {
  const ended = new AbortController();
  const load = runLoad({
    url: gm.url,
    count: 20_000,
    rate: 0,
    seed: 5,
    batch: 50,
    signal: ended.signal,
  });
  for (let round = 0; round < 5; round += 1) expect(await found()).toEqual([]);
  ended.abort();
  await load;
  await gm.waitDrained();
  expect(await found()).toEqual([]);
});

it('finds a record of the log that is not stored', async () => {
  await gm.query(`DELETE FROM events WHERE player_id = 'player-149'`);
  const differences = await found();
  expect(differences.filter((each) => each.startsWith('events '))).toHaveLength(2);
  expect(differences.join()).toContain('player-149 at player.events.raw/');
});
