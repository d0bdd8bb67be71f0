import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { endpointsToEnvironment } from '../../src/config/endpoints.js';
import { createGameMetrics, type GameMetrics } from '../../src/index.js';
import { runLoad } from '../../src/load/runner.js';
import { openStores } from '../../src/pipeline/runtime/stores.js';
import { repair } from '../../src/pipeline/verify/repair.js';
import { KafkaProducer } from '../../src/stores/kafka/producer.js';
import { packageFile } from '../../src/util/paths.js';
import { event, score } from '../support/events.js';
import { until } from '../support/until.js';

const game = 'tested-game';
const players = Array.from({ length: 150 }, (_, index) => `tested-${index}`);

let gm: GameMetrics;
beforeAll(async () => {
  gm = await createGameMetrics({ stack: 'embedded' });
  await gm.send(
    ...players.flatMap((player, n) => [
      score(player, n, { game_id: game }),
      event({ player_id: player }),
    ]),
    score('tested-9', 1, { game_id: 'tested-too' }),
  );
  await gm.waitDrained();
});
afterAll(async () => gm.stop());

/** What verify finds, as `where key`. */
async function found(): Promise<string[]> {
  const { differences } = await gm.verify();
  for (const { cause } of differences) expect(cause).not.toBe('');
  return differences.map(({ where, key }) => `${where} ${key}`).sort();
}

/** Sends events without an end; disposing of it ends it. */
function flowing(): AsyncDisposable {
  const ended = new AbortController();
  const load = runLoad({
    url: gm.url,
    count: 1_000_000,
    rate: 400,
    seed: 5,
    batch: 20,
    signal: ended.signal,
  });
  return {
    async [Symbol.asyncDispose]() {
      ended.abort();
      await load;
    },
  };
}

/** Makes every total wrong, and the scores of the tested players. */
async function miscount(): Promise<void> {
  await gm.query('UPDATE player_statistics SET total_events = total_events + 1');
  await gm.query(`UPDATE player_scores SET score = score + 1 WHERE player_id LIKE 'tested-%'`);
}

/** The sums that the stores must show, by SQL of the test's own. */
async function expectSums(): Promise<void> {
  const statistics = await gm.query(`
    SELECT player_id FROM (SELECT player_id, count(*) AS n FROM events GROUP BY 1) e
    FULL JOIN player_statistics s USING (player_id) WHERE n IS DISTINCT FROM total_events`);
  const scores = await gm.query(`
    SELECT player_id, game_id FROM (
      SELECT player_id, game_id, sum((data ->> 'score')::bigint) AS n FROM events
      WHERE event_type = 'player_score' GROUP BY 1, 2) e
    FULL JOIN (SELECT * FROM player_scores WHERE period = 'alltime') s USING (player_id, game_id)
    WHERE n IS DISTINCT FROM score`);
  expect([...statistics, ...scores]).toEqual([]);
}

/** What somebody does to the stores, and what verify must say of it. */
const changes: readonly [what: string, where: string, change: () => Promise<unknown>][] = [
  [
    'a total',
    'player_statistics tested-1',
    async () =>
      gm.query(`UPDATE player_statistics SET total_events = 9 WHERE player_id = 'tested-1'`),
  ],
  [
    'a deleted player',
    'player_statistics tested-2',
    async () => gm.query(`DELETE FROM player_statistics WHERE player_id = 'tested-2'`),
  ],
  [
    'a player of no event',
    'player_statistics nobody',
    async () =>
      gm.query(`INSERT INTO player_statistics
        SELECT 'nobody', total_events, event_breakdown, last_event_at, session_started_at,
          session_last_at, session_events, session_game_id
        FROM player_statistics LIMIT 1`),
  ],
  [
    'an event that was not counted',
    'player_statistics tested-3',
    async () => {
      await gm.query(
        `UPDATE player_statistics SET total_events = 1, event_breakdown = '{"player_score": 1}' WHERE player_id = 'tested-3'`,
      );
      await gm.query(`DELETE FROM statistics_ledger WHERE player_id = 'tested-3'`);
    },
  ],
  [
    'a player of whom the last event is another',
    'player_statistics tested-11',
    async () =>
      gm.query(`UPDATE player_statistics SET last_event_at = now() WHERE player_id = 'tested-11'`),
  ],
  [
    'a score',
    `player_scores ${game} alltime tested-4`,
    async () => gm.query(`UPDATE player_scores SET score = score + 1 WHERE player_id = 'tested-4'`),
  ],
  [
    'a deleted score',
    `player_scores ${game} daily`,
    async () =>
      gm.query(`DELETE FROM player_scores WHERE player_id = 'tested-5' AND period = 'daily'`),
  ],
  [
    'a score of no event',
    'player_scores other alltime tested-6',
    async () =>
      gm.query(
        `INSERT INTO player_scores VALUES ('other', 'alltime', '1970-01-01', 'tested-6', 5)`,
      ),
  ],
  [
    'a row of a top',
    `leaderboards ${game} alltime tested-149`,
    async () =>
      gm.query(`DELETE FROM leaderboards WHERE player_id = 'tested-149' AND period = 'alltime'`),
  ],
  [
    'a board without a score',
    'leaderboards another alltime tested-6',
    async () =>
      gm.query(
        `INSERT INTO leaderboards VALUES ('another', 'alltime', '1970-01-01', 'tested-6', 1, 5)`,
      ),
  ],
  [
    'a hash of Redis',
    'player_stats tested-6',
    async () => gm.redis.hset('player_stats:tested-6', 'total_events', 7),
  ],
  [
    'a field too many in Redis',
    'player_stats tested-12',
    async () => gm.redis.hset('player_stats:tested-12', 'event_other', 7),
  ],
  [
    'a lost hash of Redis',
    'player_stats tested-7',
    async () => gm.redis.del('player_stats:tested-7'),
  ],
  [
    'a session in Redis',
    'player_session tested-10',
    async () => gm.redis.hset('player_session:tested-10', 'events', 7),
  ],
  [
    'a stranger in Redis',
    'player_stats stranger',
    async () => gm.redis.hset('player_stats:stranger', 'total_events', 7),
  ],
  [
    'a score in Redis',
    `leaderboard ${game} alltime tested-8`,
    async () => gm.redis.zadd(`leaderboard:${game}:alltime`, 1e6, 'tested-8'),
  ],
  [
    'a lost set of Redis',
    'leaderboard tested-too alltime tested-9',
    async () => gm.redis.del('leaderboard:tested-too:alltime'),
  ],
  [
    'a stranger on a current board of Redis',
    `leaderboard ${game} daily`,
    async () => gm.redis.zadd(`leaderboard:${game}:daily`, 1, 'stranger'),
  ],
  [
    'a board of strangers in Redis',
    'leaderboard strange weekly 2026-W40 stranger',
    async () => gm.redis.zadd('leaderboard:strange:weekly:2026-W40', 1, 'stranger'),
  ],
  [
    'a record of the log that is not stored',
    'events ',
    async () => gm.query(`DELETE FROM events WHERE player_id = 'tested-149'`),
  ],
];

it('finds nothing where nothing is', async () => {
  expect(await found()).toEqual([]);
  expect((await gm.verify()).not_compared).toEqual([]);
});

it('repairs nothing where nothing differs', async () => {
  expect(await gm.repair()).toEqual({ events: 0, players: 0, scorers: 0, redis: 0, boards: 0 });
});

describe('while events flow', () => {
  let load: AsyncDisposable;
  beforeAll(() => {
    load = flowing();
  });
  afterAll(async () => load[Symbol.asyncDispose]());

  it('finds all that was changed, and repairs it', async () => {
    for (const [, , change] of changes) await change();
    const differences = await found();
    for (const [what, where] of changes) {
      const told = differences.filter((difference) => difference.startsWith(where));
      expect(told, what).not.toEqual([]);
    }
    const repaired = await gm.repair();
    expect(Object.values(repaired).every((count) => count > 0)).toBe(true);
    await until(async () => (await found()).length === 0);
  });

  it('repairs every row of a table, and each player once', async () => {
    await gm.query('UPDATE player_statistics SET total_events = total_events + 1');
    const rows = await gm.query<{ player_id: string }>('SELECT player_id FROM player_statistics');
    expect((await found()).length).toBeGreaterThanOrEqual(50);
    expect((await gm.repair()).players).toBe(rows.length);
    await until(async () => (await found()).length === 0);
  });

  it('goes on with a repair that ended in its middle', async () => {
    await miscount();
    const ended = new AbortController();
    const producer = new KafkaProducer(gm.endpoints.kafka, { clientId: 'test' });
    const stores = openStores(gm.endpoints);
    const broken = repair(stores, {
      producer,
      signal: ended.signal,
      // Some are rebuilt: no more.
      onProgress: ({ players }) => {
        expect(players).toBeGreaterThan(0);
        ended.abort();
      },
    });
    await expect(broken).rejects.toThrow('aborted');
    await producer.stop();
    await stores[Symbol.asyncDispose]();
    // And whoever is ahead of the logger at that moment.
    expect((await gm.repair()).scorers).toBeGreaterThanOrEqual(150);
    await until(async () => (await found()).length === 0);
  });

  it('goes on with a repair that was killed', async () => {
    await miscount();
    const repairing = spawn(
      process.execPath,
      [packageFile('bin/run.js'), 'verify', '--repair', '--yes'],
      {
        env: { ...process.env, ...endpointsToEnvironment(gm.endpoints) },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const exited = once(repairing, 'exit');
    for await (const line of createInterface(repairing.stderr)) {
      if (line === 'repair: 3/7 player_scores') repairing.kill('SIGKILL');
    }
    expect(await exited).toEqual([null, 'SIGKILL']);
    await gm.repair();
    await until(async () => (await found()).length === 0);
  });

  it('finds nothing that is none', async () => {
    const before = await gm.query<{ events: number }>('SELECT count(*) AS events FROM events');
    for (let round = 0; round < 3; round += 1) expect(await found()).toEqual([]);
    const after = await gm.query<{ events: number }>('SELECT count(*) AS events FROM events');
    expect(after[0]?.events).toBeGreaterThan(before[0]?.events ?? 0);
  });
});

it('has the right sums in the end', async () => {
  await gm.waitDrained();
  expect(await found()).toEqual([]);
  await expectSums();
  const [row] = await gm.query(
    `SELECT total_events FROM player_statistics WHERE player_id = 'tested-9'`,
  );
  expect(row).toEqual({ total_events: 3 });
});

it('finds an event that was in no log', async () => {
  await gm.query(`INSERT INTO events (event_id, player_id, event_type, game_id, event_timestamp,
      ingested_at, kafka_partition, kafka_offset)
    SELECT gen_random_uuid(), player_id, event_type, game_id, event_timestamp, ingested_at,
      kafka_partition, kafka_offset FROM events LIMIT 1`);
  expect((await found()).filter((each) => each.startsWith('events read from'))).toHaveLength(1);
});
