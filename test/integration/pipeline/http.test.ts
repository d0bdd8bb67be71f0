import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';

import type { GameMetrics } from '../../../src/index.js';
import { startRoles } from '../../../src/pipeline/roles.js';
import { event, score } from '../../support/events.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';

interface Problem {
  readonly status: number;
  readonly errors?: readonly { readonly path: string }[];
}

describePipeline('over HTTP', () => {
  let gm: GameMetrics;
  beforeAll(async () => {
    gm = await createPipeline();
  });
  afterAll(async () => gm.stop());

  const json = 'application/json';

  async function post(body: string | Buffer, type = json): Promise<Response> {
    return fetch(`${gm.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
  }

  async function produced(): Promise<number> {
    const admin = gm.kafka.admin();
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(`${gm.endpoints.namespace}player.events.raw`);
    await admin.disconnect();
    return ends.reduce((sum, { high }) => sum + Number(high), 0);
  }

  it('the same event_id in two requests succeeds twice and counts once', async () => {
    const body = JSON.stringify(
      score('again', 4, { event_id: '0197c000-0000-7000-8000-000000000001' }),
    );
    for (let time = 0; time < 2; time += 1) {
      const response = await post(body);
      expect(response.status).toBe(202);
      expect(await response.json()).toEqual({
        status: 'success',
        event_id: '0197c000-0000-7000-8000-000000000001',
      });
    }
    await gm.waitDrained();
    expect(await gm.query(`SELECT 1 FROM events WHERE player_id = 'again'`)).toHaveLength(1);
    const [row] = await gm.query(
      `SELECT total_events FROM player_statistics WHERE player_id = 'again'`,
    );
    expect(row).toEqual({ total_events: 1 });
    const board = `${gm.endpoints.namespace}leaderboard:game-1:alltime`;
    expect(await gm.redis.zscore(board, 'again')).toBe('4');
  });

  const withoutPlayer = { ...event(), player_id: undefined };
  it.each<[string, number, string | undefined, string | Buffer, string]>([
    ['not JSON', 400, undefined, '{"event_type":', json],
    ['not UTF-8', 400, undefined, Buffer.from([0x7b, 0xff, 0x7d]), json],
    ['another content type', 415, undefined, JSON.stringify(event()), 'text/plain'],
    ['a missing field', 422, 'player_id', JSON.stringify(withoutPlayer), json],
    ['a wrong type', 422, 'game_id', JSON.stringify({ ...event(), game_id: 7 }), json],
    ['an unknown field', 422, 'extra', JSON.stringify({ ...event(), extra: 1 }), json],
    ['a NUL', 422, 'data.name', JSON.stringify(event({ data: { name: 'a\0b' } })), json],
    ['a fractional score', 422, 'data.score', JSON.stringify(score('x', 0.5)), json],
    [
      'a body that is too large',
      413,
      undefined,
      JSON.stringify(event({ data: { x: 'y'.repeat(200_000) } })),
      json,
    ],
  ])(
    '%s is rejected with %i, and nothing reaches Kafka',
    async (_name, status, path, body, type) => {
      const before = await produced();
      const response = await post(body, type);
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      const problem = (await response.json()) as Problem;
      expect(problem.status).toBe(status);
      if (path !== undefined) expect(problem.errors?.map((error) => error.path)).toEqual([path]);
      expect(await produced()).toBe(before);
    },
  );

  it('the API returns the data in the stores', async () => {
    const [first] = await gm.send(
      score('reader', 12, { game_id: 'read' }),
      score('rival', 12, { game_id: 'read' }),
    );
    await gm.waitDrained();
    const get = async (path: string): Promise<unknown> => (await fetch(`${gm.url}${path}`)).json();
    expect(first?.kind).toBe('accepted');
    expect(await get('/api/v1/players/reader/statistics')).toMatchObject({ total_events: 1 });
    expect(await get('/api/v1/leaderboards/read?period=daily')).toMatchObject({
      game_id: 'read',
      rows: [
        { rank: 1, player_id: 'rival', score: 12 },
        { rank: 1, player_id: 'reader', score: 12 },
      ],
    });
    expect(await get('/readyz')).toMatchObject({ status: 'ready' });
  });

  it('an error that ingest returns as a 500 is in its log, without the key and the path', async () => {
    await using own = await createPipeline({ roles: 'none' });
    await own.query('ALTER TABLE events RENAME TO events_gone');
    const key = 'a-key-0123456789';
    const logged: string[] = [];
    const ingest = await startRoles({
      roles: ['ingest'],
      endpoints: own.endpoints,
      http: { host: '127.0.0.1', port: 0 },
      apiKeys: [key],
      log: pino({}, { write: (line) => logged.push(line) }),
    });
    try {
      const id = '0197c000-0000-7000-8000-000000000009';
      const headers = { authorization: `Bearer ${key}` };
      const response = await fetch(`${ingest.url}/api/v1/events/${id}`, { headers });
      expect(response.status).toBe(500);
      expect(logged.join('')).toContain('a request failed: relation \\"events\\" does not exist');
      expect(logged.join('')).not.toContain(key);
      expect(logged.join('')).not.toContain(id);
    } finally {
      await ingest.stop();
    }
  });
});
