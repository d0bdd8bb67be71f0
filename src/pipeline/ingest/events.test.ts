import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';

import { InjectedIngest, uuidV7 } from '../../../test/support/injectedIngest.js';
import { StoreUnavailable } from '../../stores/errors.js';
import { QueueFull } from '../../stores/kafka/producer.js';
import { deferred } from '../../util/deferred.js';

const event = {
  event_type: 'player_level_up',
  player_id: 'player-123',
  game_id: 'game-456',
  timestamp: '2024-01-01T12:00:00Z',
  data: { new_level: 10 },
};

describe('POST /api/v1/events', () => {
  it('writes the seven fields with key and headers, then responds 202', async () => {
    const ingest = new InjectedIngest();
    const { status, body } = await ingest.post(event);
    expect(status).toBe(202);
    expect(body).toEqual({ status: 'success', event_id: expect.stringMatching(uuidV7) as string });
    const [record, ...more] = ingest.sent;
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
    const ingest = new InjectedIngest();
    const { body } = await ingest.post({
      ...event,
      event_id: '0190163D-8694-7D4E-8000-0123456789AB',
    });
    expect(body['event_id']).toBe('0190163d-8694-7d4e-8000-0123456789ab');
    expect(ingest.sent[0]?.headers?.['event_id']).toBe('0190163d-8694-7d4e-8000-0123456789ab');
  });

  it.each([
    ['truncated', '{"event_type":'],
    ['not UTF-8', Buffer.from('{"event_type":"é"}', 'latin1')],
    ['empty', ''],
  ])('rejects a body that is %s with 400', async (_, payload) => {
    const ingest = new InjectedIngest();
    const { status, headers, body } = await ingest.call('POST', '/api/v1/events', payload);
    expect(status).toBe(400);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(body).toMatchObject({ type: 'about:blank', title: 'Bad Request', status: 400 });
    expect(ingest.sent).toEqual([]);
  });

  it.each([
    ['a missing field', { ...event, game_id: undefined }, ['game_id']],
    ['a wrong type', { ...event, player_id: 5 }, ['player_id']],
    ['an unknown field', { ...event, level: 5 }, ['level']],
    ['a NUL', { ...event, data: { name: 'a\0b' } }, ['data.name']],
    ['a missing score', { ...event, event_type: 'player_score' }, ['data.score']],
    ['a timestamp in the future', { ...event, timestamp: '2026-07-01T10:25:31Z' }, ['timestamp']],
    ['an array', [event], ['']],
    ['an empty object', {}, ['event_type', 'player_id', 'game_id', 'timestamp', 'data']],
  ])('rejects %s with 422 and names the field', async (_, payload, paths) => {
    const ingest = new InjectedIngest();
    const { status, body } = await ingest.post(payload);
    expect(status).toBe(422);
    const errors = body['errors'] as { path: string; message: string }[];
    expect(errors.map((error) => error.path)).toEqual(paths);
    expect(ingest.sent).toEqual([]);
  });

  it('rejects a member named __proto__ and is not affected by it', async () => {
    const ingest = new InjectedIngest();
    const payload = JSON.stringify(event).replace('{', '{"__proto__":{"admin":true},');
    const { status, body } = await ingest.call('POST', '/api/v1/events', payload);
    expect(status).toBe(422);
    expect(body['errors']).toEqual([{ path: '__proto__', message: 'is not a field' }]);
  });

  it.each([
    ['text/plain', {}],
    ['application/x-www-form-urlencoded', {}],
    ['application/x-ndjson', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('rejects %s %j with 415', async (type, more) => {
    const ingest = new InjectedIngest();
    const { status, body } = await ingest.call('POST', '/api/v1/events', JSON.stringify(event), {
      'content-type': type,
      ...more,
    });
    expect(status).toBe(415);
    expect(body['detail']).toMatch(/application\/json|compressed/);
    expect(ingest.sent).toEqual([]);
  });

  it('accepts a charset parameter in the content type', async () => {
    const ingest = new InjectedIngest();
    const type = { 'content-type': 'Application/JSON; charset=utf-8' };
    const { status } = await ingest.call('POST', '/api/v1/events', JSON.stringify(event), type);
    expect(status).toBe(202);
  });

  it('rejects a body over 128 KiB with 413 and reports the limit', async () => {
    const ingest = new InjectedIngest();
    const { status, body } = await ingest.post({
      ...event,
      data: { text: 'x'.repeat(128 * 1024) },
    });
    expect(status).toBe(413);
    expect(body['detail']).toBe('The body is larger than 131072 bytes');
  });

  it('responds 429 with Retry-After while the queue is full', async () => {
    const ingest = new InjectedIngest();
    ingest.failure = new QueueFull();
    const { status, headers } = await ingest.post(event);
    expect(status).toBe(429);
    expect(headers['retry-after']).toBe('1');
  });

  it('responds 503 with Retry-After and the event_id while Kafka is unavailable', async () => {
    const ingest = new InjectedIngest();
    ingest.failure = new StoreUnavailable('kafka', new Error('secret detail'));
    const { status, headers, body } = await ingest.post(event);
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('1');
    expect(body['event_ids']).toEqual([expect.stringMatching(uuidV7)]);
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('responds 503 if Kafka never answers', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const sendCalled = deferred<undefined>();
      const send = () => {
        sendCalled.resolve(undefined);
        return new Promise<never>(() => undefined);
      };
      const ingest = new InjectedIngest({ producer: { queuedBytes: 0, send } });
      const answer = ingest.post(event);
      await sendCalled.promise;
      await vi.advanceTimersByTimeAsync(15_000);
      expect(await answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    } finally {
      vi.useRealTimers();
    }
  });

  it('responds 500 to an unexpected error and writes its message only to the log', async () => {
    const logged: string[] = [];
    const log = pino({}, { write: (line) => logged.push(line) });
    const ingest = new InjectedIngest({ log });
    ingest.failure = new TypeError('secret detail');
    const { status, headers, body } = await ingest.post(event);
    expect(status).toBe(500);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({
      msg: 'a request failed: secret detail',
      request: 'req-1',
      method: 'POST',
      route: '/api/v1/events',
      err: { type: 'TypeError', stack: expect.stringContaining('events.test.ts') as string },
    });
  });

  it('does not log a rejected request or an unavailable store', async () => {
    const logged: string[] = [];
    const ingest = new InjectedIngest({ log: pino({}, { write: (line) => logged.push(line) }) });
    expect((await ingest.post({})).status).toBe(422);
    ingest.failure = new StoreUnavailable('kafka', new Error('refused'));
    expect((await ingest.post(event)).status).toBe(503);
    ingest.failure = undefined;
    expect((await ingest.post(event)).status).toBe(202);
    expect(logged).toEqual([]);
  });
});

describe('POST /api/v1/events/batch', () => {
  const id = '0190163d-8694-7d4e-8000-0123456789ab';

  it('returns a result per item, in order, and accepts the valid items', async () => {
    const ingest = new InjectedIngest();
    const items = [{ ...event, event_id: id }, { ...event, player_id: '' }, 5, event];
    const { status, body } = await ingest.postBatch(items);
    expect(status).toBe(202);
    expect(body).toMatchObject({ status: 'partial', accepted: 2, rejected: 2 });
    expect(body['results']).toMatchObject([
      { status: 'success', event_id: id },
      { status: 'rejected', errors: [{ path: 'player_id' }] },
      { status: 'rejected', errors: [{ path: '' }] },
      { status: 'success', event_id: expect.stringMatching(uuidV7) as string },
    ]);
    expect(ingest.sent.map((record) => record.key)).toEqual(['player-123', 'player-123']);
  });

  it('parses each line of NDJSON on its own and ignores blank lines', async () => {
    const ingest = new InjectedIngest();
    const line = JSON.stringify(event);
    const payload = Buffer.concat([
      Buffer.from(`${line}\r\n\n  \n{"a":\n`),
      Buffer.from('"\xe9"\n', 'latin1'),
      Buffer.from(line),
    ]);
    const type = { 'content-type': 'application/x-ndjson' };
    const { status, body } = await ingest.call('POST', '/api/v1/events/batch', payload, type);
    expect(status).toBe(202);
    const results = body['results'] as { status: string }[];
    expect(results.map((result) => result.status)).toEqual([
      'success',
      'rejected',
      'rejected',
      'success',
    ]);
    expect(ingest.sent).toHaveLength(2);
  });

  it('accepts an empty array, and reports success only if all items are accepted', async () => {
    const ingest = new InjectedIngest();
    expect((await ingest.postBatch([])).body).toEqual({
      status: 'success',
      accepted: 0,
      rejected: 0,
      results: [],
    });
    expect((await ingest.postBatch([event])).body['status']).toBe('success');
    expect((await ingest.postBatch([{}])).body['status']).toBe('partial');
  });

  it('rejects a body that is not an array', async () => {
    const ingest = new InjectedIngest();
    expect((await ingest.postBatch(event)).status).toBe(422);
    expect((await ingest.call('POST', '/api/v1/events/batch', '[')).status).toBe(400);
  });

  it('accepts at most 10,000 items', async () => {
    const ingest = new InjectedIngest();
    const items = Array<typeof event>(10_000).fill(event);
    expect((await ingest.postBatch(items)).body).toMatchObject({ accepted: 10_000 });
    expect(ingest.sent).toHaveLength(10_000);
    expect((await ingest.postBatch([...items, event])).status).toBe(413);
    const lines = `${JSON.stringify(event)}\n`.repeat(10_001);
    const type = { 'content-type': 'application/x-ndjson' };
    expect((await ingest.call('POST', '/api/v1/events/batch', lines, type)).status).toBe(413);
    expect(ingest.sent).toHaveLength(10_000);
  });

  it('rejects a body over 8 MiB with 413', async () => {
    const ingest = new InjectedIngest();
    const payload = `[${' '.repeat(8 * 1024 * 1024)}]`;
    const { status, body } = await ingest.call('POST', '/api/v1/events/batch', payload);
    expect(status).toBe(413);
    expect(body['detail']).toBe('The body is larger than 8388608 bytes');
  });

  it('responds 503 to the whole batch while Kafka is unavailable', async () => {
    const ingest = new InjectedIngest();
    ingest.failure = new StoreUnavailable('kafka', new Error('away'));
    const { status, body } = await ingest.postBatch([{ ...event, event_id: id }, {}]);
    expect(status).toBe(503);
    expect(body['event_ids']).toEqual([id]);
  });
});
