import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, it } from 'vitest';

import { runLoad } from '../../../src/load/runner.js';

// Against a server that responds immediately, except during one pause.

const stallMs = 2_000;
let server: Server | undefined;

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

/** Starts a server that stalls at its 200th request. @returns its URL and its response times */
async function startStalling(): Promise<{ url: string; served: number[] }> {
  const served: number[] = [];
  let stall: Promise<void> | undefined;
  let requests = 0;
  server = createServer((request, response) => {
    const begin = performance.now();
    requests += 1;
    if (requests === 200) stall = new Promise((resolve) => setTimeout(resolve, stallMs));
    request.resume().on('end', () => {
      void (stall ?? Promise.resolve()).then(() => {
        served.push(performance.now() - begin);
        response.writeHead(202, { 'content-type': 'application/json' });
        response.end('{"status":"success","event_id":"x"}');
      });
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, served };
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? NaN;
}

it('p99 shows a stall of the server, although few requests were in flight', async () => {
  const { url, served } = await startStalling();
  const { signal } = new AbortController();
  const { latencyMs, accepted } = await runLoad({
    url,
    seed: 1,
    rate: 200,
    count: 1_200,
    connections: 4,
    signal,
  });
  expect(accepted).toBe(1_200);
  // 400 of the 1,200 events were due during the stall: a third of all events waited for up to its
  // whole duration.
  expect(latencyMs?.p99).toBeGreaterThan(0.75 * stallMs);
  expect(latencyMs?.p90).toBeGreaterThan(0.5 * stallMs);
  // Naive timing, from the start of a request, would not show it: only four requests stalled.
  const naive = [...served].sort((a, b) => a - b);
  expect(percentile(naive, 0.99)).toBeLessThan(0.2 * stallMs);
});
