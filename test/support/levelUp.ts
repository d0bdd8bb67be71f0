import { Redis } from 'ioredis';
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { CliFolder, parseExports } from './cli.js';
import { murmur2, murmur2Partition } from './murmur2.js';
import { until } from './until.js';

const uuid = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

/**
 * The scenario of the guide, as a game backend developer runs it: only the addresses are known.
 * @param commandEnv the environment of the commands
 */
export function testLevelUp(
  stack: 'embedded' | 'docker',
  commandEnv: NodeJS.ProcessEnv = {},
): void {
  const folder = new CliFolder({ ...commandEnv, GAMEMETRICS_STACK: stack });
  let env: Record<string, string>;
  let postgres: pg.Client;
  let redis: Redis;
  let eventId: string;

  beforeAll(async () => {
    const up = await folder.run('up', '--detach');
    expect(up).toMatchObject({ code: 0 });
    expect(up.stdout).toMatch(new RegExp(`^stack: ${stack} `));
    env = parseExports((await folder.run('status', '--env')).stdout);
    postgres = new pg.Client({ connectionString: env['DATABASE_URL'] ?? '' });
    await postgres.connect();
    redis = new Redis(env['REDIS_URL'] ?? '');
  }, 120_000);
  afterAll(async () => {
    await folder[Symbol.asyncDispose]();
  });

  it('is accepted over HTTP', async () => {
    const response = await fetch(`${env['GAMEMETRICS_URL'] ?? ''}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        event_type: 'player_level_up',
        player_id: 'player-123',
        game_id: 'game-456',
        timestamp: '2024-01-01T12:00:00Z',
        data: { new_level: 5, experience_gained: 500, achievement_unlocked: 'first_level_5' },
      }),
    });
    expect(response.status).toBe(202);
    const body = (await response.json()) as { status: string; event_id: string };
    expect(body).toEqual({ status: 'success', event_id: expect.stringMatching(uuid) as string });
    eventId = body.event_id;
  });

  it('is in player.events.raw with key, headers and all fields, in the partition of the Java client', async () => {
    // The values of Kafka's own partitioner test.
    expect(murmur2(Buffer.from('foobar'))).toBe(-790332482);
    expect(murmur2(Buffer.from('a-little-bit-longer-string'))).toBe(-1486304829);
    const { message, partition } = await firstRecord(env['KAFKA_BOOTSTRAP_SERVERS'] ?? '');
    expect(partition).toBe(murmur2Partition('player-123', 3));
    expect(message.key?.toString()).toBe('player-123');
    expect(message.headers?.['event_type']?.toString()).toBe('player_level_up');
    expect(message.headers?.['event_id']?.toString()).toBe(eventId);
    expect(JSON.parse(message.value?.toString() ?? '')).toEqual({
      event_id: eventId,
      event_type: 'player_level_up',
      player_id: 'player-123',
      game_id: 'game-456',
      timestamp: '2024-01-01T12:00:00Z',
      ingested_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      data: { new_level: 5, experience_gained: 500, achievement_unlocked: 'first_level_5' },
    });
  });

  it('is one row of events and counts once', async () => {
    const sql = `SELECT * FROM player_statistics WHERE player_id = 'player-123'`;
    await until(async () => (await postgres.query(sql)).rowCount === 1);
    await until(async () => (await postgres.query('SELECT 1 FROM events')).rowCount === 1);
    const events = await postgres.query(`SELECT * FROM events WHERE player_id = 'player-123'`);
    expect(events.rows).toHaveLength(1);
    expect(events.rows[0]).toMatchObject({ event_id: eventId, event_type: 'player_level_up' });
    expect((await postgres.query(sql)).rows[0]).toMatchObject({
      total_events: '1',
      event_breakdown: { player_level_up: 1 },
    });
  });

  it('is in Redis and on no leaderboard', async () => {
    expect(await redis.hgetall('player_stats:player-123')).toMatchObject({
      total_events: '1',
      event_player_level_up: '1',
    });
    expect((await postgres.query('SELECT 1 FROM leaderboards')).rowCount).toBe(0);
    expect(await redis.keys('leaderboard:*')).toEqual([]);
  });

  it('leaves no process and no open port', async () => {
    await postgres.end();
    redis.disconnect();
    const status = JSON.parse((await folder.run('status', '--json')).stdout) as {
      processes: { pid: number }[];
    };
    expect(status.processes.length).toBeGreaterThanOrEqual(5);
    expect(await folder.run('down')).toMatchObject({ code: 0 });
    for (const { pid } of status.processes) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(fetch(`${env['GAMEMETRICS_URL'] ?? ''}/healthz`)).rejects.toThrow();
    expect(await folder.run('status')).toMatchObject({ code: 7 });
  });
}

async function firstRecord(brokers: string): Promise<{ partition: number; message: KafkaMessage }> {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: 'scenario' });
  await consumer.connect();
  await consumer.subscribe({ topic: 'player.events.raw', fromBeginning: true });
  try {
    return await new Promise((resolve, reject) => {
      consumer
        .run({
          eachMessage: ({ partition, message }) => {
            resolve({ partition, message });
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
}
