import { expect, it } from 'vitest';

import type { Outcome } from './client.js';
import { sendLines, type LineResult } from './lines.js';

const event = '{"event_type":"session_start","player_id":"p","data":{}}';
const { signal } = new AbortController();

/** Sends chunks to a client that accepts everything. @returns its requests and the results */
async function send(chunks: string[]): Promise<{ requests: string[][]; results: LineResult[] }> {
  const requests: string[][] = [];
  const client = {
    sendBatch: (jsons: readonly string[]): Promise<Outcome[]> => {
      requests.push([...jsons]);
      const outcomes = jsons.map((json): Outcome => {
        return { kind: 'accepted', eventId: (JSON.parse(json) as { event_id: string }).event_id };
      });
      return Promise.resolve(outcomes);
    },
  };
  const input = (async function* () {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  })();
  const results: LineResult[] = [];
  for await (const result of sendLines(client, input, { deadlineMs: 1, signal })) {
    results.push(result);
  }
  return { requests, results };
}

it('sends the complete lines of each chunk as one request', async () => {
  const text = `${event}\n${event}\r\n${event}`;
  const { requests, results } = await send([
    text.slice(0, 10),
    text.slice(10, 130),
    text.slice(130),
  ]);
  expect(requests.map((jsons) => jsons.length)).toEqual([2, 1]);
  expect(results.map(({ line }) => line)).toEqual([1, 2, 3]);
});

it('adds an id to an event without one and keeps an existing id', async () => {
  const own = '{"event_id":"0190163d-8694-7d4e-8000-0123456789ab"}';
  const { results } = await send([`${event}\n${event}\n${own}\n`]);
  const ids = results.map(({ outcome }) => outcome.kind === 'accepted' && outcome.eventId);
  expect(new Set(ids).size).toBe(3);
  expect(ids[2]).toBe('0190163d-8694-7d4e-8000-0123456789ab');
});

it('reports an invalid line by its number and sends the others', async () => {
  const large = JSON.stringify({ data: 'x'.repeat(131_072) });
  const { requests, results } = await send([`{"a":\n\n${large}\n${event}\n`]);
  expect(requests.map((jsons) => jsons.length)).toEqual([1]);
  expect(results).toMatchObject([
    { line: 1, outcome: { kind: 'rejected', status: 400 } },
    { line: 3, outcome: { kind: 'rejected', status: 413 } },
    { line: 4, outcome: { kind: 'accepted' } },
  ]);
});

it('sends nothing for empty input', async () => {
  expect(await send([])).toEqual({ requests: [], results: [] });
  expect(await send(['\n', '  \n\n'])).toEqual({ requests: [], results: [] });
});
