import { describe, expect, it } from 'vitest';

import { emptyReader, InjectedIngest } from '../../../test/support/injectedIngest.js';
import { StoreUnavailable } from '../../stores/errors.js';
import { QueueFull } from '../../stores/kafka/producer.js';
import type { EventReader } from './ports.js';

const event = {
  event_type: 'player_level_up',
  player_id: 'player-123',
  game_id: 'game-456',
  timestamp: '2024-01-01T12:00:00Z',
  data: { new_level: 10 },
};

describe('API keys', () => {
  const keys = ['old-key-0123456789', 'new-key-0123456789'];
  const json = { 'content-type': 'application/json' };
  const post = (ingest: InjectedIngest, headers: Record<string, string>) =>
    ingest.call('POST', '/api/v1/events', JSON.stringify(event), { ...json, ...headers });

  it('are accepted in either header', async () => {
    const ingest = new InjectedIngest({ apiKeys: keys });
    for (const key of keys) {
      expect((await post(ingest, { authorization: `Bearer ${key}` })).status).toBe(202);
      expect((await post(ingest, { authorization: `bearer  ${key}` })).status).toBe(202);
      expect((await post(ingest, { 'x-api-key': key })).status).toBe(202);
    }
    expect(ingest.sent).toHaveLength(6);
  });

  it.each([
    {},
    { authorization: '' },
    { authorization: 'Bearer ' },
    { authorization: 'Bearer wrong-key-0123456789' },
    { authorization: 'Basic old-key-0123456789' },
    { authorization: 'old-key-0123456789' },
    { 'x-api-key': '' },
    { 'x-api-key': 'old-key-012345678' },
    { 'x-api-key': 'old-key-0123456789, new-key-0123456789' },
    { cookie: 'x-api-key=old-key-0123456789' },
  ])('are required: %j is rejected with 401', async (headers) => {
    const ingest = new InjectedIngest({ apiKeys: keys });
    const answer = await post(ingest, headers);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ title: 'Unauthorized', status: 401 });
    expect(JSON.stringify(answer)).not.toContain('0123456789"');
    expect(ingest.sent).toEqual([]);
  });

  it('are not required for health, metrics and the API description', async () => {
    const ingest = new InjectedIngest({ apiKeys: keys });
    for (const url of ['/healthz', '/readyz', '/metrics', '/openapi.json']) {
      expect((await ingest.call('GET', url)).status).toBe(200);
    }
    for (const url of ['/api/v1/players/p/statistics', '/api/v1/leaderboards/g']) {
      expect((await ingest.call('GET', url)).status).toBe(401);
    }
    expect((await ingest.call('DELETE', '/api/v1/events')).status).toBe(401);
  });

  it('are part of the API description only if they are required', async () => {
    const openApi = async (ingest: InjectedIngest) =>
      JSON.stringify((await ingest.call('GET', '/openapi.json')).body);
    const guarded = await openApi(new InjectedIngest({ apiKeys: keys }));
    expect(guarded).toContain('"securitySchemes":{"bearer":{"type":"http","scheme":"bearer"}');
    expect(guarded).toContain('"401":');
    const unguarded = await openApi(new InjectedIngest());
    expect(unguarded).not.toMatch(/securitySchemes|"401"/);
  });
});

describe('the GET routes', () => {
  const id = '0190163d-8694-7d4e-8000-0123456789ab';

  it('return the data of the stores', async () => {
    const queries: unknown[] = [];
    const reader: EventReader = {
      getEvent: (eventId) => Promise.resolve([{ event_id: eventId }]),
      getPlayerStatistics: (playerId) => Promise.resolve({ player_id: playerId }),
      getLeaderboard: (query) => {
        queries.push(query);
        return Promise.resolve({ rows: [] });
      },
    };
    const ingest = new InjectedIngest({ reader });
    const found = await ingest.call('GET', `/api/v1/events/${id.toUpperCase()}`);
    expect(found.body).toEqual({ events: [{ event_id: id }] });
    const player = await ingest.call('GET', '/api/v1/players/a%2Fb%20%C3%A9/statistics');
    expect(player.body).toEqual({ player_id: 'a/b é' });
    await ingest.call('GET', '/api/v1/leaderboards/game-1');
    const query = 'period=weekly&limit=100&around=player-2&at=2026-11-23';
    await ingest.call('GET', `/api/v1/leaderboards/game-1?${query}`);
    expect(queries).toEqual([
      { gameId: 'game-1', period: 'alltime', limit: 10 },
      {
        gameId: 'game-1',
        period: 'weekly',
        limit: 100,
        around: 'player-2',
        atMs: Date.parse('2026-11-23T00:00:00Z'),
      },
    ]);
  });

  it('respond 404 if nothing is stored', async () => {
    const ingest = new InjectedIngest();
    expect((await ingest.call('GET', `/api/v1/events/${id}`)).status).toBe(404);
    expect((await ingest.call('GET', '/api/v1/players/nobody/statistics')).status).toBe(404);
  });

  it.each([
    '/api/v1/events/5',
    '/api/v1/players/a%00b/statistics',
    `/api/v1/players/${'a'.repeat(101)}/statistics`,
    '/api/v1/leaderboards/g?period=hourly',
    '/api/v1/leaderboards/g?limit=0',
    '/api/v1/leaderboards/g?limit=101',
    '/api/v1/leaderboards/g?limit=5&limit=6',
    '/api/v1/leaderboards/g?at=yesterday',
    '/api/v1/leaderboards/g?perod=daily',
  ])('reject %s with 422', async (url) => {
    const ingest = new InjectedIngest();
    const { status, body } = await ingest.call('GET', url);
    expect(status).toBe(422);
    expect(body['errors']).toHaveLength(1);
  });

  it('respond 503 while a store is unavailable', async () => {
    const unavailable = () =>
      Promise.reject(new StoreUnavailable('postgres', new Error('refused')));
    const ingest = new InjectedIngest({ reader: { ...emptyReader, getEvent: unavailable } });
    const { status, headers, body } = await ingest.call('GET', `/api/v1/events/${id}`);
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('1');
    expect(body['detail']).toBe('postgres is unavailable');
  });
});

describe('every other request', () => {
  it.each([
    ['GET', '/', 404],
    ['PUT', '/nowhere', 404],
    ['POST', '/api/v1/event', 404],
    ['GET', '/api/v1/events', 405],
    ['DELETE', '/api/v1/events/batch', 405],
    ['PUT', '/healthz', 405],
    ['GET', '/%zz', 400],
  ] as const)('%s %s is answered with %d and a problem document', async (method, url, status) => {
    const ingest = new InjectedIngest();
    const answer = await ingest.call(method, url, method === 'GET' ? undefined : '{', {
      'content-type': 'no-type',
    });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body['status']).toBe(status);
    if (status === 405) expect(answer.headers['allow']).toMatch(/^(GET, HEAD|POST)$/);
  });
});

describe('health and metrics', () => {
  it('/readyz reports each dependency by name', async () => {
    const dependencies = [
      { name: 'kafka', ready: true },
      { name: 'postgres', ready: false, detail: 'connection refused' },
    ];
    const ingest = new InjectedIngest({ ready: () => Promise.resolve(dependencies) });
    const { status, body } = await ingest.call('GET', '/readyz');
    expect(status).toBe(503);
    expect(body).toEqual({ status: 'not ready', dependencies });
    expect((await ingest.call('GET', '/healthz')).status).toBe(200);
  });

  it('/readyz is ready if all dependencies are, and not ready if the check fails', async () => {
    const ingest = new InjectedIngest();
    expect((await ingest.call('GET', '/readyz')).status).toBe(200);
    const broken = new InjectedIngest({ ready: () => Promise.reject(new Error('broken')) });
    expect((await broken.call('GET', '/readyz')).status).toBe(503);
  });

  it('/metrics counts events and requests', async () => {
    const ingest = new InjectedIngest();
    await ingest.postBatch([event, event, {}]);
    await ingest.call('POST', '/api/v1/events', 'x');
    ingest.failure = new QueueFull();
    await ingest.post(event);
    const text = String((await ingest.call('GET', '/metrics')).body['text']);
    expect(text).toContain('gamemetrics_events_accepted_total 2');
    expect(text).toContain('gamemetrics_events_rejected_total{reason="invalid"} 1');
    expect(text).toContain('gamemetrics_events_rejected_total{reason="not_json"} 1');
    expect(text).toContain('gamemetrics_events_rejected_total{reason="queue_full"} 1');
    expect(text).toContain('gamemetrics_ingest_queue_bytes 42');
    expect(text).toMatch(
      /http_request_duration_seconds_count\{method="POST",route="\/api\/v1\/events",status="429"\} 1/,
    );
  });
});

describe('/openapi.json', () => {
  it('describes the routes with the schemas that validate requests', async () => {
    const ingest = new InjectedIngest();
    const { body } = await ingest.call('GET', '/openapi.json');
    expect(body).toMatchObject({
      openapi: '3.1.0',
      components: {
        schemas: {
          Event: {
            required: ['event_type', 'player_id', 'game_id', 'timestamp', 'data'],
            additionalProperties: false,
            properties: { event_id: { type: 'string', format: 'uuid' }, data: { type: 'object' } },
          },
        },
      },
    });
    for (const path of Object.keys(body['paths'] as object)) {
      const url = path.replace(/\{\w+\}/, '0190163d-8694-7d4e-8000-0123456789ab');
      const { status, body: answer } = await ingest.call('GET', url);
      // The route exists: it may respond 405, or its own 404, but not the 404 of an unknown route.
      expect(`${path} ${status} ${JSON.stringify(answer)}`).not.toContain('There is no resource');
    }
    const references = [...JSON.stringify(body).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
    const { schemas } = body['components'] as { schemas: object };
    for (const [, name] of references) expect(Object.keys(schemas)).toContain(name);
  });
});
