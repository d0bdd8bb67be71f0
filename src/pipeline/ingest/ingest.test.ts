import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';

import { StoreUnavailable } from '../../stores/errors.js';
import { QueueFull, type OutgoingRecord } from '../../stores/kafka/producer.js';
import type { HttpServer } from '../http/server.js';
import type { EventReader } from './ports.js';
import { createIngest, type IngestOptions } from './server.js';

const nowMs = Date.parse('2026-07-01T10:20:30.040Z');
const event = {
  event_type: 'player_level_up',
  player_id: 'player-123',
  game_id: 'game-456',
  timestamp: '2024-01-01T12:00:00Z',
  data: { new_level: 10 },
};
const uuidV7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

let app: HttpServer;
let sent: OutgoingRecord[];
let failure: Error | undefined;

afterEach(async () => {
  await app.close();
});

const emptyReader: EventReader = {
  getEvent: () => Promise.resolve([]),
  getPlayerStatistics: () => Promise.resolve(undefined),
  getLeaderboard: (query) => Promise.resolve(query),
};

function start(options: Partial<IngestOptions> = {}): void {
  sent = [];
  failure = undefined;
  app = createIngest({
    producer: {
      queuedBytes: 42,
      send: (records) => {
        if (failure !== undefined) return Promise.reject(failure);
        sent.push(...records);
        return Promise.resolve();
      },
    },
    reader: emptyReader,
    ready: () => Promise.resolve([{ name: 'kafka', ready: true }]),
    metrics: new Registry(),
    namespace: 't1.',
    now: () => nowMs,
    ...options,
  });
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: Record<string, unknown>;
}

async function call(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  payload?: string | Buffer,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Answer> {
  const body = payload === undefined ? {} : { payload, headers };
  const response = await app.inject({ method, url, ...body });
  return {
    status: response.statusCode,
    headers: response.headers,
    body: response.headers['content-type']?.toString().includes('json')
      ? response.json()
      : { text: response.body },
  };
}

const post = (payload: unknown) => call('POST', '/api/v1/events', JSON.stringify(payload));
const postBatch = (payload: unknown) =>
  call('POST', '/api/v1/events/batch', JSON.stringify(payload));

describe('POST /api/v1/events', () => {
  it('writes the seven fields with key and headers, then answers 202', async () => {
    start();
    const { status, body } = await post(event);
    expect(status).toBe(202);
    expect(body).toEqual({ status: 'success', event_id: expect.stringMatching(uuidV7) as string });
    const [record, ...more] = sent;
    expect(more).toEqual([]);
    expect(record).toMatchObject({
      topic: 't1.player.events.raw',
      key: 'player-123',
      headers: { event_type: 'player_level_up', event_id: body['event_id'] },
    });
    expect(String(record?.value)).toBe(
      `{"event_id":"${String(body['event_id'])}","event_type":"player_level_up",` +
        '"player_id":"player-123","game_id":"game-456","timestamp":"2024-01-01T12:00:00Z",' +
        '"ingested_at":"2026-07-01T10:20:30.040Z","data":{"new_level":10}}',
    );
  });

  it("keeps the client's event_id, in lower case", async () => {
    start();
    const { body } = await post({ ...event, event_id: '0190163D-8694-7D4E-8000-0123456789AB' });
    expect(body['event_id']).toBe('0190163d-8694-7d4e-8000-0123456789ab');
    expect(sent[0]?.headers?.['event_id']).toBe('0190163d-8694-7d4e-8000-0123456789ab');
  });

  it.each([
    ['cut off', '{"event_type":'],
    ['no UTF-8', Buffer.from('{"event_type":"é"}', 'latin1')],
    ['empty', ''],
  ])('refuses a body that is %s with 400', async (_, payload) => {
    start();
    const { status, headers, body } = await call('POST', '/api/v1/events', payload);
    expect(status).toBe(400);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(body).toMatchObject({ type: 'about:blank', title: 'Bad Request', status: 400 });
    expect(sent).toEqual([]);
  });

  it.each([
    ['a missing field', { ...event, game_id: undefined }, ['game_id']],
    ['a wrong type', { ...event, player_id: 5 }, ['player_id']],
    ['an unknown field', { ...event, level: 5 }, ['level']],
    ['a NUL', { ...event, data: { name: 'a\0b' } }, ['data.name']],
    ['a score that is none', { ...event, event_type: 'player_score' }, ['data.score']],
    ['a future', { ...event, timestamp: '2026-07-01T10:25:31Z' }, ['timestamp']],
    ['no object', [event], ['']],
    ['nothing right', {}, ['event_type', 'player_id', 'game_id', 'timestamp', 'data']],
  ])('refuses %s with 422 that names the field', async (_, payload, paths) => {
    start();
    const { status, body } = await post(payload);
    expect(status).toBe(422);
    const errors = body['errors'] as { path: string; message: string }[];
    expect(errors.map((error) => error.path)).toEqual(paths);
    expect(sent).toEqual([]);
  });

  it('refuses a member named __proto__ and is not changed by it', async () => {
    start();
    const payload = JSON.stringify(event).replace('{', '{"__proto__":{"admin":true},');
    const { status, body } = await call('POST', '/api/v1/events', payload);
    expect(status).toBe(422);
    expect(body['errors']).toEqual([{ path: '__proto__', message: 'is not a field' }]);
  });

  it.each([
    ['text/plain', {}],
    ['application/x-www-form-urlencoded', {}],
    ['application/x-ndjson', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('answers 415 to %s %j', async (type, more) => {
    start();
    const { status, body } = await call('POST', '/api/v1/events', JSON.stringify(event), {
      'content-type': type,
      ...more,
    });
    expect(status).toBe(415);
    expect(body['detail']).toMatch(/application\/json|compressed/);
    expect(sent).toEqual([]);
  });

  it('takes a charset with the type', async () => {
    start();
    const type = { 'content-type': 'Application/JSON; charset=utf-8' };
    const { status } = await call('POST', '/api/v1/events', JSON.stringify(event), type);
    expect(status).toBe(202);
  });

  it('answers 413 over 128 KiB, and says so', async () => {
    start();
    const { status, body } = await post({ ...event, data: { text: 'x'.repeat(128 * 1024) } });
    expect(status).toBe(413);
    expect(body['detail']).toBe('The body is larger than 131072 bytes');
  });

  it('answers 429 with Retry-After while the queue is full', async () => {
    start();
    failure = new QueueFull();
    const { status, headers } = await post(event);
    expect(status).toBe(429);
    expect(headers['retry-after']).toBe('1');
  });

  it('answers 503 with Retry-After and the event_id while Kafka is away', async () => {
    start();
    failure = new StoreUnavailable('kafka', new Error('secret detail'));
    const { status, headers, body } = await post(event);
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('1');
    expect(body['event_ids']).toEqual([expect.stringMatching(uuidV7)]);
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('answers 500 to a bug, without its words', async () => {
    start();
    failure = new TypeError('secret detail');
    const { status, headers, body } = await post(event);
    expect(status).toBe(500);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(JSON.stringify(body)).not.toContain('secret');
  });
});

describe('POST /api/v1/events/batch', () => {
  const id = '0190163d-8694-7d4e-8000-0123456789ab';

  it('gives a result per item, in order; bad items do not sink good ones', async () => {
    start();
    const items = [{ ...event, event_id: id }, { ...event, player_id: '' }, 5, event];
    const { status, body } = await postBatch(items);
    expect(status).toBe(202);
    expect(body).toMatchObject({ status: 'partial', accepted: 2, rejected: 2 });
    expect(body['results']).toMatchObject([
      { status: 'success', event_id: id },
      { status: 'rejected', errors: [{ path: 'player_id' }] },
      { status: 'rejected', errors: [{ path: '' }] },
      { status: 'success', event_id: expect.stringMatching(uuidV7) as string },
    ]);
    expect(sent.map((record) => record.key)).toEqual(['player-123', 'player-123']);
  });

  it('reads NDJSON: a line that is not JSON or not UTF-8 stands alone, blank lines are none', async () => {
    start();
    const line = JSON.stringify(event);
    const payload = Buffer.concat([
      Buffer.from(`${line}\r\n\n  \n{"a":\n`),
      Buffer.from('"\xe9"\n', 'latin1'),
      Buffer.from(line),
    ]);
    const type = { 'content-type': 'application/x-ndjson' };
    const { status, body } = await call('POST', '/api/v1/events/batch', payload, type);
    expect(status).toBe(202);
    const results = body['results'] as { status: string }[];
    expect(results.map((result) => result.status)).toEqual([
      'success',
      'rejected',
      'rejected',
      'success',
    ]);
    expect(sent).toHaveLength(2);
  });

  it('takes an empty array, and says success only where all were taken', async () => {
    start();
    expect((await postBatch([])).body).toEqual({
      status: 'success',
      accepted: 0,
      rejected: 0,
      results: [],
    });
    expect((await postBatch([event])).body['status']).toBe('success');
    expect((await postBatch([{}])).body['status']).toBe('partial');
  });

  it('refuses what is no array', async () => {
    start();
    expect((await postBatch(event)).status).toBe(422);
    expect((await call('POST', '/api/v1/events/batch', '[')).status).toBe(400);
  });

  it('takes 10,000 items and no more', async () => {
    start();
    const items = Array<typeof event>(10_000).fill(event);
    expect((await postBatch(items)).body).toMatchObject({ accepted: 10_000 });
    expect(sent).toHaveLength(10_000);
    expect((await postBatch([...items, event])).status).toBe(413);
    const lines = `${JSON.stringify(event)}\n`.repeat(10_001);
    const type = { 'content-type': 'application/x-ndjson' };
    expect((await call('POST', '/api/v1/events/batch', lines, type)).status).toBe(413);
    expect(sent).toHaveLength(10_000);
  });

  it('answers 413 over 8 MiB', async () => {
    start();
    const payload = `[${' '.repeat(8 * 1024 * 1024)}]`;
    const { status, body } = await call('POST', '/api/v1/events/batch', payload);
    expect(status).toBe(413);
    expect(body['detail']).toBe('The body is larger than 8388608 bytes');
  });

  it('answers 503 for the whole while Kafka is away', async () => {
    start();
    failure = new StoreUnavailable('kafka', new Error('away'));
    const { status, body } = await postBatch([{ ...event, event_id: id }, {}]);
    expect(status).toBe(503);
    expect(body['event_ids']).toEqual([id]);
  });
});

describe('the GET routes', () => {
  const id = '0190163d-8694-7d4e-8000-0123456789ab';

  it('give what the stores hold', async () => {
    const asked: unknown[] = [];
    const reader: EventReader = {
      getEvent: (eventId) => Promise.resolve([{ event_id: eventId }]),
      getPlayerStatistics: (playerId) => Promise.resolve({ player_id: playerId }),
      getLeaderboard: (query) => {
        asked.push(query);
        return Promise.resolve({ rows: [] });
      },
    };
    start({ reader });
    const found = await call('GET', `/api/v1/events/${id.toUpperCase()}`);
    expect(found.body).toEqual({ events: [{ event_id: id }] });
    const player = await call('GET', '/api/v1/players/a%2Fb%20%C3%A9/statistics');
    expect(player.body).toEqual({ player_id: 'a/b é' });
    await call('GET', '/api/v1/leaderboards/game-1');
    const query = 'period=weekly&limit=100&around=player-2&at=2026-11-23';
    await call('GET', `/api/v1/leaderboards/game-1?${query}`);
    expect(asked).toEqual([
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

  it('answer 404 where nothing is stored', async () => {
    start();
    expect((await call('GET', `/api/v1/events/${id}`)).status).toBe(404);
    expect((await call('GET', '/api/v1/players/nobody/statistics')).status).toBe(404);
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
  ])('answer 422 to %s', async (url) => {
    start();
    const { status, body } = await call('GET', url);
    expect(status).toBe(422);
    expect(body['errors']).toHaveLength(1);
  });

  it('answer 503 while a store is away', async () => {
    const away = () => Promise.reject(new StoreUnavailable('postgres', new Error('refused')));
    start({ reader: { ...emptyReader, getEvent: away } });
    const { status, headers, body } = await call('GET', `/api/v1/events/${id}`);
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('1');
    expect(body['detail']).toBe('postgres does not answer now');
  });
});

describe('every other request', () => {
  it.each([
    ['GET', '/', 404],
    ['POST', '/api/v1/event', 404],
    ['GET', '/api/v1/events', 405],
    ['DELETE', '/api/v1/events/batch', 405],
    ['PUT', '/healthz', 405],
    ['GET', '/%zz', 400],
  ] as const)('%s %s is answered %d as a problem', async (method, url, status) => {
    start();
    const answer = await call(method, url, method === 'GET' ? undefined : '{', {
      'content-type': 'text/plain',
    });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body['status']).toBe(status);
    if (status === 405) expect(answer.headers['allow']).toMatch(/^(GET, HEAD|POST)$/);
  });
});

describe('health and metrics', () => {
  it('names each dependency in /readyz', async () => {
    const dependencies = [
      { name: 'kafka', ready: true },
      { name: 'postgres', ready: false, detail: 'connection refused' },
    ];
    start({ ready: () => Promise.resolve(dependencies) });
    const { status, body } = await call('GET', '/readyz');
    expect(status).toBe(503);
    expect(body).toEqual({ status: 'not ready', dependencies });
    expect((await call('GET', '/healthz')).status).toBe(200);
  });

  it('is ready where all are, and not where asking fails', async () => {
    start();
    expect((await call('GET', '/readyz')).status).toBe(200);
    await app.close();
    start({ ready: () => Promise.reject(new Error('broken')) });
    expect((await call('GET', '/readyz')).status).toBe(503);
  });

  it('counts events and requests', async () => {
    start();
    await postBatch([event, event, {}]);
    await call('POST', '/api/v1/events', 'x');
    failure = new QueueFull();
    await post(event);
    const text = String((await call('GET', '/metrics')).body['text']);
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
  it('describes the routes with the schemas that validate', async () => {
    start();
    const { body } = await call('GET', '/openapi.json');
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
      const { status, body: answer } = await call('GET', url);
      // It exists: another method's 405, or its own 404, but not "Nothing is at".
      expect(`${path} ${status} ${JSON.stringify(answer)}`).not.toContain('Nothing is at');
    }
    const references = [...JSON.stringify(body).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
    const { schemas } = body['components'] as { schemas: object };
    for (const [, name] of references) expect(Object.keys(schemas)).toContain(name);
  });
});
