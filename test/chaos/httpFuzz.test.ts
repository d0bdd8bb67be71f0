import fc from 'fast-check';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createGameMetrics, type GameMetrics } from '../../src/index.js';
import { checkSubmission } from '../../src/pipeline/contract/event.js';
import { parseJson } from '../../src/pipeline/contract/json.js';

const requests = 10_000;

let gm: GameMetrics;
let agent: Agent;
beforeAll(async () => {
  gm = await createGameMetrics({ stack: 'embedded' });
  agent = new Agent({ connections: 8 });
});
afterAll(async () => {
  await agent.destroy();
  await gm.stop();
});

const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 100, unit: 'binary' }),
  fc.string({ maxLength: 120 }),
  fc.constantFrom('player-1', 'game-1', '', ' ', '../..', '{"a":1}', '*', 'a:b', '\u2028', '💥'),
);

const time = fc.oneof(
  fc.date({ min: new Date(0), noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom(
    '2024-02-30T00:00:00Z',
    '2026-01-05T12:00:00+15:59',
    'now',
    '1970-01-01T00:00:00Z',
  ),
  fc.date({ max: new Date(), noInvalidDate: true }).map((date) => date.toISOString()),
);

const data = fc.oneof(
  fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
  fc.record({
    score: fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double(), fc.constant(2 ** 53)),
  }),
);

const event = fc.record(
  {
    event_id: fc.option(fc.uuid(), { nil: undefined }),
    event_type: fc.oneof(fc.constantFrom('player_score', 'player_level_up', 'a.b-c_d'), name),
    player_id: name,
    game_id: name,
    timestamp: time,
    data,
  },
  { requiredKeys: [] },
);

/** An event with a field that is missing, unknown or of another type. */
const damaged = fc
  .tuple(
    event,
    fc.constantFrom('data', 'player_id', 'timestamp', 'extra', '__proto__'),
    fc.jsonValue(),
  )
  .map(([base, field, value]) => ({ ...base, [field]: value }));

const body = fc.oneof(
  { weight: 6, arbitrary: event.map((value) => JSON.stringify(value)) },
  { weight: 3, arbitrary: damaged.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.array(event, { maxLength: 5 }).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);

const call = fc.record({
  path: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('/api/v1/events', '/api/v1/events/batch') },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom('events', 'players', 'leaderboards'),
          fc.string(),
          fc.webQueryParameters(),
        )
        .map(([what, id, query]) => `/api/v1/${what}/${encodeURIComponent(id)}?${query}`),
    },
    { weight: 1, arbitrary: fc.webPath().map((path) => path || '/') },
  ),
  method: fc.oneof(
    { weight: 8, arbitrary: fc.constant('POST' as const) },
    { weight: 1, arbitrary: fc.constantFrom('GET', 'PUT', 'DELETE', 'PATCH') },
  ),
  type: fc.oneof(
    { weight: 8, arbitrary: fc.constant('application/json') },
    { weight: 1, arbitrary: fc.constantFrom('application/x-ndjson', 'text/plain', 'a/b; c', '') },
  ),
  body,
});

it(`ingest never responds with a 5xx to ${requests} requests of every kind and stores all accepted events`, async () => {
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(call, async ({ path, method, type, body: text }) => {
      const response = await request(`${gm.url}${path}`, {
        dispatcher: agent,
        method,
        ...(method === 'GET' ? {} : { body: text }),
        headers: type === '' ? {} : { 'content-type': type },
      });
      const answer: unknown = await response.body.text();
      const { statusCode } = response;
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
      if (statusCode >= 500) throw new Error(`HTTP ${statusCode}: ${String(answer)}`);
      if (path === '/api/v1/events' && method === 'POST' && type === 'application/json') {
        const parsed = parseJson(Buffer.from(text));
        const valid = parsed.ok && checkSubmission(parsed.value, Date.now()).ok;
        expect(statusCode === 202).toBe(valid);
      }
    }),
    { numRuns: requests },
  );
  // Some were rejected and some accepted.
  for (const status of [202, 400, 404, 415, 422]) expect(statuses.get(status)).toBeGreaterThan(50);
  await gm.waitDrained();
  expect(await gm.query('SELECT error_code, error_message FROM dlq_events LIMIT 5')).toEqual([]);
  expect((await gm.verify()).differences).toEqual([]);
});
