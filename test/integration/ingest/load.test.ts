import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';

import { runLoad, type LoadOptions } from '../../../src/load/runner.js';
import type { LoadSummary } from '../../../src/load/tally.js';
import type { Listening } from '../../../src/pipeline/ingest/http/server.js';
import type { EventProducer } from '../../../src/pipeline/ingest/ports.js';
import { startIngest } from '../../../src/pipeline/ingest/server.js';
import { StoreUnavailable } from '../../../src/stores/errors.js';
import { QueueFull } from '../../../src/stores/kafka/producer.js';

// Loads against the ingest server over real sockets, with a producer that the test controls.

const servers: Listening[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

type Send = EventProducer['send'];

async function serve(send: Send, port = 0): Promise<Listening> {
  const server = await startIngest({
    host: '127.0.0.1',
    port,
    producer: { queuedBytes: 0, send },
    reader: {
      getEvent: () => Promise.resolve([]),
      getPlayerStatistics: () => Promise.resolve(undefined),
      getLeaderboard: () => Promise.resolve({}),
    },
    ready: () => Promise.resolve([]),
    metrics: new Registry(),
    namespace: '',
  });
  servers.push(server);
  return server;
}

/** Accepts everything and counts each event. */
function sink(): { send: Send; received: Map<string, number> } {
  const received = new Map<string, number>();
  const send: Send = (records) => {
    for (const { headers } of records) {
      const id = headers?.['event_id'] ?? '';
      received.set(id, (received.get(id) ?? 0) + 1);
    }
    return Promise.resolve();
  };
  return { send, received };
}

function load(url: string, options: Partial<LoadOptions> = {}): Promise<LoadSummary> {
  const { signal } = new AbortController();
  return runLoad({ url, count: 100, rate: 0, seed: 1, signal, ...options });
}

describe('runLoad', () => {
  it('sends exactly the requested number of events at the requested rate', async () => {
    const { send, received } = sink();
    const { url } = await serve(send);
    const summary = await load(url, { count: 150, rate: 100 });
    expect(summary).toMatchObject({ seed: 1, count: 150, sent: 150, accepted: 150, failed: 0 });
    expect(summary).toMatchObject({ rejected: {}, retried: 0 });
    expect(received.size).toBe(150);
    // The last event is due after 1.49 s.
    expect(summary.seconds).toBeGreaterThan(1.48);
    expect(summary.seconds).toBeLessThan(2);
  });

  it.each([
    { count: 1_000, batch: 1 },
    { count: 1_001, batch: 100 },
    { count: 3, batch: 10 },
    { count: 1, batch: 1 },
  ])('sends exactly $count in requests of $batch', async ({ count, batch }) => {
    const { send, received } = sink();
    const { url } = await serve(send);
    const summary = await load(url, { count, batch });
    expect(summary).toMatchObject({ sent: count, accepted: count });
    expect(received.size).toBe(count);
  });

  it('retries while the queue is full or Kafka is down, and does not count a retry as a rejection', async () => {
    const { send, received } = sink();
    const answers: (Error | undefined)[] = [
      new QueueFull(),
      undefined,
      new StoreUnavailable('kafka', new Error('away')),
    ];
    const { url } = await serve((records) => {
      const error = answers.shift();
      return error === undefined ? send(records) : Promise.reject(error);
    });
    const summary = await load(url, { count: 20 });
    expect(summary).toMatchObject({ sent: 20, accepted: 20, rejected: {}, retried: 2, failed: 0 });
    expect(received.size).toBe(20);
  });

  it('ends with all events accepted after a restart of ingest', async () => {
    const { send, received } = sink();
    const first = await serve(send);
    const running = load(first.url, { count: 300, rate: 200 });
    await expect.poll(() => received.size).toBeGreaterThan(50);
    await first.stop();
    await serve(send, Number(new URL(first.url).port));
    const summary = await running;
    expect(summary).toMatchObject({ sent: 300, accepted: 300, rejected: {}, failed: 0 });
    expect(received.size).toBe(300);
  });

  it('ends soon after the deadline if ingest stays down, and reports the reason', async () => {
    const { send } = sink();
    const server = await serve(send);
    await server.stop();
    const summary = await load(server.url, { count: 1_000, connections: 4, deadlineMs: 300 });
    expect(summary).toMatchObject({ sent: 4, accepted: 0, failed: 4 });
    expect(summary.lastProblem).toMatch(/ECONNREFUSED/);
    expect(summary.latencyMs).toBeUndefined();
  });

  it('includes the time that an event waits for a slow server in the latency', async () => {
    const { url } = await serve(() => new Promise((resolve) => setTimeout(resolve, 50)));
    const summary = await load(url, { count: 20, rate: 1_000, connections: 1 });
    // One connection, 50 ms per request: the last one is due after 19 ms and finished after 1 s.
    expect(summary.latencyMs?.max).toBeGreaterThan(900);
    expect(summary.latencyMs?.p50).toBeGreaterThan(400);
  });

  it('ends early on the signal and returns the summary so far', async () => {
    const { send, received } = sink();
    const { url } = await serve(send);
    const controller = new AbortController();
    const running = load(url, { count: 100_000, rate: 100, signal: controller.signal });
    await expect.poll(() => received.size).toBeGreaterThan(5);
    controller.abort();
    const summary = await running;
    expect(summary.accepted).toBe(received.size);
    expect(summary).toMatchObject({ sent: received.size, failed: 0 });
  });

  it('ends on the signal even if the server never responds', async () => {
    let asked = 0;
    const { url } = await serve(() => {
      asked += 1;
      return new Promise(() => undefined);
    });
    const controller = new AbortController();
    const running = load(url, { connections: 2, signal: controller.signal });
    await expect.poll(() => asked).toBe(2);
    controller.abort();
    expect(await running).toMatchObject({ sent: 2, accepted: 0, failed: 2 });
  });

  it('reports its progress, and the last report matches the summary', async () => {
    const { send } = sink();
    const { url } = await serve(send);
    const progress: number[] = [];
    const onProgress = ({ accepted }: { accepted: number }) => progress.push(accepted);
    await load(url, { count: 120, rate: 100, onProgress });
    expect(progress.length).toBeGreaterThanOrEqual(4);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(120);
  });

  it('measures how long a sample takes to become visible', async () => {
    const { send, received } = sink();
    const { url } = await serve(send);
    const visible = ({ event_id }: { event_id: string }) =>
      received.has(event_id) ? Promise.resolve() : Promise.reject(new Error('lost'));
    const { visible: visibility } = await load(url, { count: 100, rate: 200, visible });
    expect(visibility?.samples).toBeGreaterThanOrEqual(5);
    expect(visibility?.samples).toBeLessThanOrEqual(11);
    expect(visibility?.missed).toBe(0);
  });
});
