import { randomBytes } from 'node:crypto';

import { Partitioners, type Message } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';

import type { GameMetrics } from '../../../src/index.js';
import { loadSql } from '../../../src/stores/postgres/sql.js';
import { event, score } from '../../support/events.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';

interface Letter {
  readonly original_event: unknown;
  readonly original_value: Buffer | null;
  readonly error_code: string;
  readonly error_message: string;
  readonly consumer_service: string;
  readonly source_topic: string;
  readonly source_partition: number;
  readonly source_offset: number;
}

const raw = (fields: object): string =>
  JSON.stringify({
    event_id: '0197b000-0000-7000-8000-000000000001',
    ...event({ player_id: 'raw' }),
    ingested_at: '2026-01-05T12:00:01.000Z',
    ...fields,
  });

describePipeline('an invalid message', () => {
  let gm: GameMetrics;
  let topic: string;
  let deadLetters: string;
  beforeAll(async () => {
    gm = await createPipeline();
    topic = `${gm.endpoints.namespace}player.events.raw`;
    deadLetters = `${gm.endpoints.namespace}system.dlq`;
  });
  afterAll(async () => gm.stop());

  async function produce(...messages: Message[]): Promise<void> {
    await produceTo(topic, ...messages);
  }

  async function produceTo(name: string, ...messages: Message[]): Promise<void> {
    const producer = gm.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({ topic: name, messages });
    await producer.disconnect();
  }

  it('is dead-lettered with its error and source, and the valid ones around it count', async () => {
    const good = (n: number): Message => ({
      key: 'raw',
      partition: 1,
      value: raw({ event_id: `0197b000-0000-7000-8000-00000000010${n}` }),
    });
    const bad: Message[] = [
      { key: 'raw', partition: 1, value: 'this is not JSON' },
      { key: 'raw', partition: 1, value: raw({ game_id: undefined }) },
      {
        key: 'raw',
        partition: 1,
        value: raw({ event_type: 'player_score', data: { score: 1.5 } }),
      },
      { key: 'raw', partition: 1, value: null },
    ];
    await produce(...bad.flatMap((message, index) => [good(index), message]), good(9));
    await gm.waitDrained();

    const letters = await gm.query<Letter>(
      'SELECT * FROM dlq_events WHERE source_partition = 1 ORDER BY source_offset',
    );
    expect(letters.map(({ error_code }) => error_code)).toEqual([
      'not_json',
      'contract',
      'contract',
      'not_json',
    ]);
    expect(letters.map(({ source_offset }) => source_offset)).toEqual([1, 3, 5, 7]);
    for (const letter of letters) {
      expect(letter).toMatchObject({ consumer_service: 'event-logger', source_topic: topic });
    }
    expect(letters[0]?.original_value?.toString()).toBe('this is not JSON');
    expect(letters[1]?.original_event).toMatchObject({ player_id: 'raw' });
    expect(letters[1]?.error_message).toMatch(/^game_id /);
    expect(letters[2]?.error_message).toMatch(/^data\.score /);

    const [totals] = await gm.query(`SELECT * FROM player_statistics WHERE player_id = 'raw'`);
    expect(totals).toMatchObject({ total_events: 5 });
    expect(await gm.query('SELECT 1 FROM events WHERE kafka_partition = 1')).toHaveLength(5);
    expect((await gm.verify()).differences).toEqual([]);
  });

  it('that only PostgreSQL rejects is found among valid ones, and it alone is dead-lettered', async () => {
    const most = 2 ** 53;
    const before = await gm.send(score('heavy', most, { game_id: 'limits' }));
    expect(before[0]?.kind).toBe('accepted');
    await gm.waitDrained();
    // One point above the maximum of a board: a check constraint of player_scores rejects it.
    await gm.send(
      score('light', 1, { game_id: 'limits' }),
      score('heavy', 1, { game_id: 'limits' }),
      score('light', 2, { game_id: 'limits' }),
    );
    await gm.waitDrained();
    const letters = await gm.query<Letter>(
      `SELECT * FROM dlq_events WHERE consumer_service = 'leaderboard-manager'`,
    );
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({
      error_code: 'sqlstate_23514',
      original_event: { player_id: 'heavy', data: { score: 1 } },
    });
    const key = `${gm.endpoints.namespace}leaderboard:limits:alltime`;
    expect(await gm.redis.zscore(key, 'light')).toBe('3');
    expect(await gm.redis.zscore(key, 'heavy')).toBe(String(most));
    expect((await gm.verify()).differences).toEqual([]);
  });

  it('in the dead-letter topic is stored, and so are the valid ones around it', async () => {
    const before = await gm.query('SELECT 1 FROM dlq_events');
    await produceTo(deadLetters, { value: 'garbage' }, { value: '{"error":1}' }, { value: null });
    await gm.waitDrained();
    const letters = await gm.query<Letter>(
      `SELECT * FROM dlq_events WHERE error_code = 'not_a_dead_letter' ORDER BY source_offset`,
    );
    expect(letters).toHaveLength(3);
    expect(await gm.query('SELECT 1 FROM dlq_events')).toHaveLength(before.length + 3);
  });

  it('is stored with any event_id and can be found by it', async () => {
    const id = '0197B000-0000-7000-8000-000000000200';
    // PostgreSQL compresses repetitions, so only random text stays larger than an index entry.
    const long = randomBytes(3_750).toString('base64');
    const before = await gm.query('SELECT 1 FROM dlq_events');
    const bad = [long, { long }, id + long, id].map((event_id) => ({
      partition: 0,
      value: raw({ event_id, game_id: undefined }),
    }));
    await produce(...bad);
    await produceTo(deadLetters, { value: JSON.stringify({ event_id: long }) });
    await gm.waitDrained();
    const letters = await gm.query<Letter>('SELECT * FROM dlq_events ORDER BY id DESC');
    expect(letters).toHaveLength(before.length + 5);
    expect(letters.map(({ original_event }) => original_event)).toContainEqual({ event_id: long });
    const { text } = loadSql('select_event_dead_letters');
    expect(await gm.query(text, [id.toLowerCase()])).toHaveLength(1);
  });

  it('of the maximum size of Kafka, with any key and headers, is stored, at least its beginning', async () => {
    const kept = 512 * 1024;
    const bad: Message[] = [
      { key: 'k'.repeat(310_000), value: 'v'.repeat(kept) },
      { key: 'k'.repeat(1_040_000), value: null },
      { value: 'v'.repeat(1_040_000) },
      { value: `["${'v'.repeat(1_040_000)}"]` },
      { value: 'v'.repeat(kept), headers: { large: 'h'.repeat(510_000) } },
    ];
    const before = await gm.query('SELECT 1 FROM dlq_events');
    for (const message of bad) {
      // Explicit, since kafkajs would take minutes to compute the partition of such a long key.
      await produce({ ...message, partition: 2 });
      await produceTo(deadLetters, { ...message, partition: 0 });
    }
    await gm.waitDrained();
    const letters = await gm.query<{ service: string; bytes: number }>(
      `SELECT consumer_service AS service, length(original_value) AS bytes FROM dlq_events
       ORDER BY id DESC LIMIT ${2 * bad.length}`,
    );
    expect(await gm.query('SELECT 1 FROM dlq_events')).toHaveLength(before.length + 2 * bad.length);
    for (const service of ['event-logger', 'unknown']) {
      const bytes = letters.filter((letter) => letter.service === service).map((row) => row.bytes);
      expect(bytes.sort((a, b) => a - b)).toEqual([0, kept, kept, kept, kept]);
    }
  });
});
