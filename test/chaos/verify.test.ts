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

/** The differences that verify finds, as `where key`. */
async function found(): Promise<string[]> {
  const { differences } = await gm.verify();
  for (const { cause } of differences) expect(cause).not.toBe('');
  return differences.map(({ where, key }) => `${where} ${key}`).sort();
}

/** Sends events until it is disposed of. */
function startLoad(): AsyncDisposable {
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

/** Changes every total and the scores of the tested players. */
async function corruptCounts(): Promise<void> {
  await gm.query('UPDATE player_statistics SET total_events = total_events + 1');
  await gm.query(`UPDATE player_scores SET score = score + 1 WHERE player_id LIKE 'tested-%'`);
}

/** Checks the sums in the stores with separate SQL. */
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

/** Changes to the stores, each with the difference that verify must report. */
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
    'a player without events',
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
    'a player with another last event',
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
    'a score without events',
    'player_scores other alltime tested-6',
    async () =>
      gm.query(
        `INSERT INTO player_scores VALUES ('other', 'alltime', '1970-01-01', 'tested-6', 5)`,
      ),
  ],
  [
    'a deleted row of a top',
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
    'a hash in Redis',
    'player_stats tested-6',
    async () => gm.redis.hset('player_stats:tested-6', 'total_events', 7),
  ],
  [
    'an extra field in Redis',
    'player_stats tested-12',
    async () => gm.redis.hset('player_stats:tested-12', 'event_other', 7),
  ],
  [
    'a lost hash in Redis',
    'player_stats tested-7',
    async () => gm.redis.del('player_stats:tested-7'),
  ],
  [
    'a session in Redis',
    'player_session tested-10',
    async () => gm.redis.hset('player_session:tested-10', 'events', 7),
  ],
  [
    'an unknown player in Redis',
    'player_stats stranger',
    async () => gm.redis.hset('player_stats:stranger', 'total_events', 7),
  ],
  [
    'a score in Redis',
    `leaderboard ${game} alltime tested-8`,
    async () => gm.redis.zadd(`leaderboard:${game}:alltime`, 1e6, 'tested-8'),
  ],
  [
    'a lost sorted set in Redis',
    'leaderboard tested-too alltime tested-9',
    async () => gm.redis.del('leaderboard:tested-too:alltime'),
  ],
  [
    'an unknown player on a current board in Redis',
    `leaderboard ${game} daily`,
    async () => gm.redis.zadd(`leaderboard:${game}:daily`, 1, 'stranger'),
  ],
  [
    'an unknown board in Redis',
    'leaderboard strange weekly 2026-W40 stranger',
    async () => gm.redis.zadd('leaderboard:strange:weekly:2026-W40', 1, 'stranger'),
  ],
  [
    'a record of the log that is not stored',
    'events ',
    async () => gm.query(`DELETE FROM events WHERE player_id = 'tested-149'`),
  ],
];

it('verify finds no difference in intact stores', async () => {
  expect(await found()).toEqual([]);
  expect((await gm.verify()).not_compared).toEqual([]);
});

it('a repair of intact stores changes nothing', async () => {
  expect(await gm.repair()).toEqual({ events: 0, players: 0, scorers: 0, redis: 0, boards: 0 });
});

describe('while events flow', () => {
  let load: AsyncDisposable;
  beforeAll(() => {
    load = startLoad();
  });
  afterAll(async () => load[Symbol.asyncDispose]());

  it('verify finds all changes and repairs them', async () => {
    for (const [, , change] of changes) await change();
    const differences = await found();
    for (const [what, where] of changes) {
      const reported = differences.filter((difference) => difference.startsWith(where));
      expect(reported, what).not.toEqual([]);
    }
    const repaired = await gm.repair();
    expect(Object.values(repaired).every((count) => count > 0)).toBe(true);
    await until(async () => (await found()).length === 0);
  });

  it('a repair fixes every row of a table and each player once', async () => {
    await gm.query('UPDATE player_statistics SET total_events = total_events + 1');
    const rows = await gm.query<{ player_id: string }>('SELECT player_id FROM player_statistics');
    expect((await found()).length).toBeGreaterThanOrEqual(50);
    expect((await gm.repair()).players).toBe(rows.length);
    await until(async () => (await found()).length === 0);
  });

  it('a repair continues one that was aborted', async () => {
    await corruptCounts();
    const ended = new AbortController();
    const producer = new KafkaProducer(gm.endpoints.kafka, { clientId: 'test' });
    const stores = openStores(gm.endpoints);
    const broken = repair(stores, {
      producer,
      signal: ended.signal,
      // Some players are rebuilt, then the repair is aborted.
      onProgress: ({ players }) => {
        expect(players).toBeGreaterThan(0);
        ended.abort();
      },
    });
    await expect(broken).rejects.toThrow('aborted');
    await producer.stop();
    await stores[Symbol.asyncDispose]();
    // It may include players whose counts are ahead of the logger.
    expect((await gm.repair()).scorers).toBeGreaterThanOrEqual(150);
    await until(async () => (await found()).length === 0);
  });

  it('a repair continues one that was killed', async () => {
    await corruptCounts();
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

  it('verify reports no false differences', async () => {
    const before = await gm.query<{ events: number }>('SELECT count(*) AS events FROM events');
    for (let round = 0; round < 3; round += 1) expect(await found()).toEqual([]);
    const after = await gm.query<{ events: number }>('SELECT count(*) AS events FROM events');
    expect(after[0]?.events).toBeGreaterThan(before[0]?.events ?? 0);
  });
});

it('the stores have the right sums in the end', async () => {
  await gm.waitDrained();
  expect(await found()).toEqual([]);
  await expectSums();
  const [row] = await gm.query(
    `SELECT total_events FROM player_statistics WHERE player_id = 'tested-9'`,
  );
  expect(row).toEqual({ total_events: 3 });
});

it('verify finds an event that is not in the log', async () => {
  await gm.query(`INSERT INTO events (event_id, player_id, event_type, game_id, event_timestamp,
      ingested_at, kafka_partition, kafka_offset)
    SELECT gen_random_uuid(), player_id, event_type, game_id, event_timestamp, ingested_at,
      kafka_partition, kafka_offset FROM events LIMIT 1`);
  expect((await found()).filter((each) => each.startsWith('events read from'))).toHaveLength(1);
});
