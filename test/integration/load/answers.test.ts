import { Partitioners, type Message } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { examinePipeline } from '../../../src/diagnostics/doctor/pipeline.js';
import type { GameMetrics } from '../../../src/index.js';
import { replayLetters } from '../../../src/pipeline/deadLetters/replay.js';
import {
  lettersById,
  listLetters,
  type StoredLetter,
} from '../../../src/pipeline/deadLetters/stored.js';
import { recordJson } from '../../../src/pipeline/read/decode.js';
import { latestEvents, listEvents } from '../../../src/pipeline/read/events.js';
import { findTopic, readTopic, type ReadOptions } from '../../../src/pipeline/read/readTopic.js';
import { openStores, type Stores } from '../../../src/pipeline/runtime/stores.js';
import { KafkaBrowser } from '../../../src/stores/kafka/browser.js';
import { KafkaProducer } from '../../../src/stores/kafka/producer.js';
import { event, score } from '../../support/events.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';

const clientId = 'test';
const { signal } = new AbortController();

describePipeline('queries of the pipeline', () => {
  let gm: GameMetrics;
  let stores: Stores;
  let raw: string;
  beforeAll(async () => {
    gm = await createPipeline();
    stores = openStores(gm.endpoints);
    raw = `${gm.endpoints.namespace}player.events.raw`;
  });
  afterAll(async () => {
    await stores[Symbol.asyncDispose]();
    await gm.stop();
  });

  async function produce(...messages: Message[]): Promise<void> {
    const producer = gm.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({ topic: raw, messages });
    await producer.disconnect();
  }

  async function read(options: Partial<ReadOptions>): Promise<Record<string, unknown>[]> {
    await using browser = new KafkaBrowser(gm.endpoints.kafka, { clientId });
    const topic = await findTopic(browser, gm.endpoints.namespace, 'player.events.raw');
    const records: Record<string, unknown>[] = [];
    const all = { from: { kind: 'start' } as const, follow: false, signal, ...options };
    for await (const record of readTopic(browser, topic, all)) {
      records.push(recordJson('t', record) as Record<string, unknown>);
    }
    return records;
  }

  it('read a topic from any position, with keys and headers, without a consumer group', async () => {
    const beforeMs = Date.now();
    await gm.send(...Array.from({ length: 30 }, (_, n) => score(`player-${n}`, n)));
    await produce({
      key: 'bytes',
      partition: 2,
      value: Buffer.from([255, 0]),
      headers: { h: 'v' },
    });
    const records = await read({});
    expect(records).toHaveLength(31);
    expect(records.at(-1)).toMatchObject({
      partition: 2,
      key: 'bytes',
      headers: { h: 'v' },
      value_base64: '/wA=',
    });
    const first = records.find(({ key }) => key === 'player-7');
    expect(first).toMatchObject({ value: { player_id: 'player-7', data: { score: 7 } } });
    expect(first?.['headers']).toMatchObject({ event_type: 'player_score' });

    const ofPartition = records.filter(({ partition }) => partition === 2);
    const last = await read({ from: { kind: 'last', records: 2 }, partition: 2 });
    expect(last).toEqual(ofPartition.slice(-2));
    const offset = Number(ofPartition[1]?.['offset']);
    expect(await read({ from: { kind: 'offset', offset }, partition: 2 })).toEqual(
      ofPartition.slice(1),
    );
    expect(await read({ from: { kind: 'time', atMs: beforeMs } })).toHaveLength(31);
    expect(await read({ from: { kind: 'time', atMs: Date.now() + 60_000 } })).toEqual([]);
    expect(await read({ from: { kind: 'end' } })).toEqual([]);
    expect(await read({ from: { kind: 'offset', offset: 10_000 } })).toEqual([]);

    await using browser = new KafkaBrowser(gm.endpoints.kafka, { clientId });
    const own = (await browser.groups()).filter(({ group }) =>
      group.startsWith(gm.endpoints.namespace),
    );
    expect(own.map(({ members }) => members.length)).toEqual([1, 1, 1, 1]);
  });

  it('follow a topic from its end', async () => {
    await using browser = new KafkaBrowser(gm.endpoints.kafka, { clientId });
    const topic = await findTopic(browser, gm.endpoints.namespace, raw);
    const stop = new AbortController();
    const following = readTopic(browser, topic, {
      from: { kind: 'end' },
      follow: true,
      signal: stop.signal,
    });
    const next = following.next();
    await gm.send(event({ player_id: 'followed' }));
    const { value } = await next;
    expect(value?.key?.toString()).toBe('followed');
    stop.abort();
    expect((await following.next()).done).toBe(true);
  });

  it('list the existing topics and partitions if one does not exist', async () => {
    await using browser = new KafkaBrowser(gm.endpoints.kafka, { clientId });
    await expect(findTopic(browser, '', 'nope')).rejects.toThrow('no topic "nope"');
    await expect(read({ partition: 9 })).rejects.toThrow('has no partition 9');
  });

  async function replay(letters: readonly StoredLetter[]) {
    await using producer = new KafkaProducer(gm.endpoints.kafka, { clientId });
    return await replayLetters(stores, producer, letters, { timeoutMs: 20_000, signal });
  }

  it('replay dead letters: a fixed one counts once, and another failure is reported', async () => {
    const most = 2 ** 53;
    const id = (n: number) => `0197b000-0000-7000-8000-00000000030${n}`;
    await gm.send(score('heavy', most, { game_id: 'lim', event_id: id(1) }));
    await gm.waitDrained();
    await gm.send(score('heavy', 1, { game_id: 'lim', event_id: id(2) }));
    await produce({ key: 'x', value: 'this is not JSON' });
    await gm.waitDrained();
    const filter = { pending: true, service: 'leaderboard-manager' };
    const [over] = await listLetters(stores.database, filter, 10);
    const [broken] = await listLetters(stores.database, { pending: true, error: 'not_json' }, 1);
    if (over === undefined || broken === undefined) return expect.fail('no dead letters');
    expect(over.error_code).toBe('sqlstate_23514');
    expect(broken.original_value?.toString()).toBe('this is not JSON');

    // The board is still full, so the event fails again, and so does the one that is not JSON.
    const again = await replay([over, broken]);
    expect(again.map(({ outcome }) => outcome)).toEqual(['failed again', 'failed again']);
    expect(JSON.stringify(again[1])).toMatch(/"because":"event-logger: .*JSON/);
    const [marked] = await lettersById(stores.database, [over.id]);
    expect(marked?.replayed_at).toBeInstanceOf(Date);

    // With room on the board it counts, and only once after several replays.
    await gm.send(score('heavy', -10, { game_id: 'lim', event_id: id(3) }));
    await gm.waitDrained();
    expect(await replay([over])).toMatchObject([{ id: over.id, outcome: 'replayed' }]);
    expect(await replay([over])).toMatchObject([{ outcome: 'replayed' }]);
    const key = `${gm.endpoints.namespace}leaderboard:lim:alltime`;
    expect(Number(await gm.redis.zscore(key, 'heavy'))).toBe(most - 9);
    const [totals] = await gm.query(`SELECT * FROM player_statistics WHERE player_id = 'heavy'`);
    expect(totals).toMatchObject({ total_events: 3 });
    await gm.waitDrained();
    expect((await gm.verify()).differences).toEqual([]);
  });

  it('do not replay a dead letter from another topic than the raw topic', async () => {
    const producer = gm.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const topic = `${gm.endpoints.namespace}system.dlq`;
    await producer.send({ topic, messages: [{ value: 'garbage' }] });
    await producer.disconnect();
    await gm.waitDrained();
    const error = 'not_a_dead_letter';
    const letters = await listLetters(stores.database, { pending: true, error }, 10);
    expect(letters).toHaveLength(1);
    expect(await replay(letters)).toMatchObject([{ outcome: 'not replayable' }]);
  });

  it('list events by player, game, type and time, and follow them', async () => {
    const mine = { player_id: 'listed', game_id: 'lists' };
    await gm.send(score('listed', 1, mine), event(mine), event({ ...mine, player_id: 'other' }));
    await gm.waitDrained();
    const { database } = stores;
    expect(await listEvents(database, { game: 'lists' }, 0, 10)).toHaveLength(3);
    expect(await listEvents(database, { game: 'lists' }, 0, 2)).toHaveLength(2);
    expect(await listEvents(database, { player: 'listed' }, 0, 10)).toHaveLength(2);
    const scores = { player: 'listed', type: 'player_score' };
    expect(await listEvents(database, scores, 0, 10)).toMatchObject([{ data: { score: 1 } }]);
    expect(await listEvents(database, { game: 'lists' }, Date.now() + 60_000, 10)).toEqual([]);

    const stop = new AbortController();
    const options = { sinceMs: 0, limit: 1, signal: stop.signal };
    const followed = latestEvents(stores, { player: 'listed' }, options);
    expect((await followed.next()).value).toMatchObject({ player_id: 'listed' });
    const next = followed.next();
    await gm.send(event({ ...mine, player_id: 'other' }), event({ ...mine, data: { n: 9 } }));
    expect((await next).value).toMatchObject({ player_id: 'listed', data: { n: 9 } });
    stop.abort();
    expect((await followed.next()).done).toBe(true);
  });

  it('report which checks pass and which problems stop the pipeline', async () => {
    await gm.waitDrained();
    const healthy = await examinePipeline(gm.endpoints, gm.url);
    expect(healthy.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(healthy).toHaveLength(10);

    // "Redis not updating": Redis has lost its data.
    await gm.stopRoles();
    await stores.redis.deleteMatching(`${gm.endpoints.namespace}*`);
    const unhealthy = await examinePipeline(
      { ...gm.endpoints, namespace: gm.endpoints.namespace },
      undefined,
    );
    const failed = unhealthy.filter(({ state }) => state === 'failed');
    expect(failed.map(({ check }) => check)).toEqual([
      'logger processes',
      'statistics processes',
      'leaderboard processes',
      'dead-letter processes',
      'Redis is up to date',
    ]);
    for (const { cure } of failed) expect(cure).toBeTruthy();
    await gm.startRoles();
    await gm.waitDrained();
  });

  it.each([
    ['events reach Kafka', { kafka: { brokers: ['127.0.0.1:1'] } }],
    ['PostgreSQL takes inserts', { postgres: { password: 'wrong', user: 'nobody' } }],
    ['Redis is up to date', { redis: { port: 1 } }],
  ])('report a failed check: %s', async (check, wrong) => {
    const { endpoints } = gm;
    const given = wrong as Partial<Record<'kafka' | 'postgres' | 'redis', object>>;
    const findings = await examinePipeline(
      {
        ...endpoints,
        kafka: { ...endpoints.kafka, ...given.kafka },
        postgres: { ...endpoints.postgres, ...given.postgres },
        redis: { ...endpoints.redis, ...given.redis },
      },
      gm.url,
    );
    const found = findings.find((finding) => finding.check === check);
    expect(found?.state).toBe('failed');
    expect(found?.cure).toBeTruthy();
  });
});
