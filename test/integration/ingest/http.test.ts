import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { bounds } from '../../../src/pipeline/ingest/events.js';
import { startHealthServer } from '../../../src/pipeline/ingest/http/health.js';
import type { Listening } from '../../../src/pipeline/ingest/http/server.js';
import { startIngest } from '../../../src/pipeline/ingest/server.js';
import type { OutgoingRecord } from '../../../src/stores/kafka/producer.js';
import { deferred } from '../../../src/util/deferred.js';
import { Failure } from '../../../src/util/failure.js';

// Tests the HTTP server of ingest over real sockets, without a broker.

const event = JSON.stringify({
  event_type: 'session_start',
  player_id: 'player-1',
  game_id: 'game-1',
  timestamp: '2024-01-01T12:00:00Z',
  data: {},
});

let server: Listening;
let sent: OutgoingRecord[];
/** The fake producer waits for this before it acknowledges. */
let acknowledged: Promise<void>;

const requestTimeoutMs = 1_000;
const idleTimeoutMs = 2_000;
const maxConnections = 20;

beforeEach(async () => {
  sent = [];
  acknowledged = Promise.resolve();
  server = await startIngest({
    host: '127.0.0.1',
    port: 0,
    requestTimeoutMs,
    idleTimeoutMs,
    maxConnections,
    producer: {
      queuedBytes: 0,
      send: async (records) => {
        sent.push(...records);
        await acknowledged;
      },
    },
    reader: {
      getEvent: () => Promise.resolve([]),
      getPlayerStatistics: () => Promise.resolve(undefined),
      getLeaderboard: () => Promise.resolve({}),
    },
    ready: () => Promise.resolve([]),
    metrics: new Registry(),
    namespace: '',
  });
});

afterEach(async () => {
  await server.stop();
});

function port(): number {
  return Number(new URL(server.url).port);
}

/** A raw connection, and all bytes received on it, once it is closed. */
function openSocket(): { socket: Socket; answer: Promise<string> } {
  const socket = connect(port(), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const answer = once(socket, 'close').then(() => Buffer.concat(chunks).toString());
  return { socket, answer };
}

function request(body: string, headers = ''): string {
  return (
    'POST /api/v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n' +
    `${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

describe('a client that misbehaves', () => {
  it.each([
    ['bytes that are not HTTP', 'hello\r\n\r\n', 400],
    ['too large headers', `GET / HTTP/1.1\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['two content lengths', request(event, 'content-length: 5\r\n'), 400],
    ['a chunk without a size', request('', 'transfer-encoding: chunked\r\n'), 400],
  ])('gets a problem response for %s, and the connection is closed', async (_, bytes, status) => {
    const { socket, answer } = openSocket();
    socket.write(bytes);
    const text = await answer;
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text).toMatch(/content-type: application\/problem\+json/);
    const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as unknown;
    expect(body).toMatchObject({ type: 'about:blank', status });
    expect(sent).toEqual([]);
  });

  it.each([
    ['headers', 'POST /api/v1/events HTTP/1.1\r\nhost: x\r\n'],
    ['a body', request(event).slice(0, -5)],
  ])('gets a 408 if it never completes %s', async (_, bytes) => {
    const { socket, answer } = openSocket();
    socket.write(bytes);
    expect(await answer).toMatch(/^HTTP\/1.1 408 [^]*application\/problem\+json/);
    expect(sent).toEqual([]);
  });

  it('can disconnect in the middle of its body: no event is sent, and others are served', async () => {
    const { socket, answer } = openSocket();
    socket.write(request(event).slice(0, -5));
    await once(socket, 'connect');
    socket.destroy();
    await answer;
    expect((await post(event)).status).toBe(202);
    expect(sent).toHaveLength(1);
  });

  it('can disconnect before the response: the event is still sent', async () => {
    const gate = deferred<undefined>();
    acknowledged = gate.promise;
    const { socket, answer } = openSocket();
    socket.write(request(event));
    await expect.poll(() => sent.length).toBe(1);
    socket.destroy();
    await answer;
    gate.resolve(undefined);
    expect((await post(event)).status).toBe(202);
  });

  it('gets the limit in the response before it has sent a body that is too large', async () => {
    const { socket, answer } = openSocket();
    const length = 'content-length: 900000000\r\n\r\n';
    const head = request('').replace(/content-length[^]*/, length);
    socket.write(head);
    expect(await answer).toMatch(/^HTTP\/1.1 413 [^]*larger than 131072 bytes/);
  });

  it('gets the limit in the response to a body without a content length', async () => {
    const { socket, answer } = openSocket();
    const size = 200_000;
    const head = request('').replace(/content-length[^]*/, 'transfer-encoding: chunked\r\n\r\n');
    socket.write(`${head}${size.toString(16)}\r\n${'a'.repeat(size)}\r\n0\r\n\r\n`);
    expect(await answer).toMatch(/^HTTP\/1.1 413 [^]*larger than 131072 bytes/);
    expect(sent).toEqual([]);
  });
});

describe('clients that exceed the limits', () => {
  it('have a connection limit: a further connection is closed until another one ends', async () => {
    const many = Array.from({ length: maxConnections }, openSocket);
    await Promise.all(many.map(({ socket }) => once(socket, 'connect')));
    const oneMore = connect(port(), '127.0.0.1');
    const closed = new Promise((resolve) => oneMore.once('close', resolve));
    // Whether it is reset or ends depends on the bytes that were sent before.
    oneMore.on('error', () => undefined);
    oneMore.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
    await closed;
    expect(oneMore.bytesRead).toBe(0);
    for (const { socket } of many) socket.destroy();
    await expect.poll(async () => post(event).then((answer) => answer.status)).toBe(202);
  });

  it('have a limit for all bodies in flight, regardless of their lengths', async () => {
    // None has a content length, so each could become a batch of 8 MiB.
    const head = request('')
      .replace('/events', '/events/batch')
      .replace(/content-length[^]*/, 'transfer-encoding: chunked\r\n\r\n');
    const fitting = bounds.bodiesBytes / bounds.batchBytes;
    const many = Array.from({ length: fitting }, openSocket);
    for (const { socket } of many) socket.write(head);
    await Promise.all(many.map(({ socket }) => once(socket, 'connect')));
    await expect
      .poll(async () => {
        const { status, headers } = await post(event);
        return { status, retryAfter: headers.get('retry-after') };
      })
      .toEqual({ status: 429, retryAfter: '1' });
    for (const { socket } of many) socket.destroy();
    await expect.poll(async () => post(event).then((answer) => answer.status)).toBe(202);
  });

  it('are disconnected if they do not read their responses', async () => {
    const socket = connect(port(), '127.0.0.1');
    let refused = false;
    socket.on('error', () => (refused = true));
    socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(20_000));
    // The responses fill every buffer, so that writes block until the server closes the connection.
    const closed = (): boolean => {
      socket.write('GET');
      return refused;
    };
    await expect.poll(closed, { timeout: 10 * idleTimeoutMs, interval: 200 }).toBe(true);
  }, 30_000);
});

describe('a client that pipelines', () => {
  it('gets the responses in the order of its requests', async () => {
    const { socket, answer } = openSocket();
    const last = request(event, 'connection: close\r\n');
    socket.write(request(event) + request('{') + last);
    const statuses = [...(await answer).matchAll(/HTTP\/1.1 (\d+)/g)].map(([, code]) => code);
    expect(statuses).toEqual(['202', '400', '202']);
    expect(sent).toHaveLength(2);
  });

  it('gets a 202 only after the acknowledgement', async () => {
    const gate = deferred<undefined>();
    acknowledged = gate.promise;
    let answered = false;
    const answer = post(event).finally(() => (answered = true));
    await expect.poll(() => sent.length).toBe(1);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(answered).toBe(false);
    gate.resolve(undefined);
    expect((await answer).status).toBe(202);
  });
});

describe('stop', () => {
  it('finishes a request in flight and closes the port', async () => {
    const gate = deferred<undefined>();
    acknowledged = gate.promise;
    const answer = post(event);
    await expect.poll(() => sent.length).toBe(1);
    const stopped = server.stop();
    gate.resolve(undefined);
    expect((await answer).status).toBe(202);
    await stopped;
    await expect(post(event)).rejects.toThrow();
  });

  it('does not wait for idle connections, nor indefinitely for an incomplete request', async () => {
    const idle = openSocket();
    const half = openSocket();
    half.socket.write(request(event).slice(0, -5));
    idle.socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(idle.socket, 'data');
    await server.stop();
    await Promise.all([idle.answer, half.answer]);
    expect(sent).toEqual([]);
  });
});

describe('startIngest and startHealthServer', () => {
  it('report a port in use in one message', async () => {
    const taken = startHealthServer({
      host: '127.0.0.1',
      port: port(),
      ready: () => Promise.resolve([]),
      metrics: new Registry(),
    });
    await expect(taken).rejects.toThrow(Failure);
    await expect(taken).rejects.toThrow(/cannot listen on 127\.0\.0\.1:\d+: the port is in use/);
  });

  it('serve health checks without ingest', async () => {
    const health = await startHealthServer({
      host: '127.0.0.1',
      port: 0,
      ready: () => Promise.resolve([{ name: 'redis', ready: false, detail: 'refused' }]),
      metrics: new Registry(),
    });
    try {
      expect((await fetch(`${health.url}/healthz`)).status).toBe(200);
      expect((await fetch(`${health.url}/readyz`)).status).toBe(503);
      expect((await fetch(`${health.url}/metrics`)).status).toBe(200);
      expect((await fetch(`${health.url}/api/v1/events`)).status).toBe(404);
    } finally {
      await health.stop();
    }
  });
});

function post(body: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${server.url}/api/v1/events`, { method: 'POST', body, headers });
}
