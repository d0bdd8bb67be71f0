import { readFileSync } from 'node:fs';

import { Agent, request } from 'undici';
import { v7 as uuidv7 } from 'uuid';
import { expect, it } from 'vitest';

import { createGameMetrics, type GameMetrics } from '../../src/index.js';
import { ProcessFaults } from '../faults/processes.js';
import { event } from '../support/events.js';
import { until } from '../support/until.js';

const mebibyte = 1024 * 1024;

/** Less than the 15 s after which ingest stops waiting for Kafka, on a busy machine. */
const soonMs = 12_000;

/** The peak memory of a process (VmHWM of proc_pid_status(5)), in bytes. */
function peakMemory(gm: GameMetrics, name: string): number {
  const pid = gm.instance.state().processes.find((process) => process.name === name)?.pid;
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

interface Answer {
  readonly eventId: string;
  readonly status: number;
  /** Milliseconds. */
  readonly after: number;
  readonly retryAfter: unknown;
}

it('while Kafka hangs, ingest rejects events soon and in bounded memory, and stores all accepted ones', async () => {
  await using gm = await createGameMetrics({ stack: 'embedded', roles: 'children' });
  const faults = new ProcessFaults([gm.instance]);
  const agent = new Agent({ connections: 1_500 });
  const post = async (bytes: number): Promise<Answer> => {
    const eventId = uuidv7();
    const begin = performance.now();
    const { statusCode, body, headers } = await request(`${gm.url}/api/v1/events`, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event({ event_id: eventId, data: { filler: 'x'.repeat(bytes) } })),
    });
    await body.dump();
    const after = performance.now() - begin;
    return { eventId, status: statusCode, after, retryAfter: headers['retry-after'] };
  };
  const postMany = (requests: number, bytes: number) =>
    Promise.all(Array.from({ length: requests }, () => post(bytes)));
  const answers = await postMany(100, 0);
  expect(answers.every(({ status }) => status === 202)).toBe(true);
  const before = peakMemory(gm, 'ingest');

  faults.pause('broker');
  // 90 MB at once for a queue of 32 MiB: requests that do not fit are rejected, the others wait.
  const first = await postMany(1_500, 60_000);
  const full = first.filter(({ status }) => status === 429);
  expect(full.length).toBeGreaterThan(500);
  expect(slowest(full)).toBeLessThan(soonMs);
  const late = first.filter(({ status }) => status === 503);
  expect(full.length + late.length).toBe(first.length);
  expect(slowest(late)).toBeLessThan(25_000);
  // By now ingest knows that Kafka does not respond.
  const second = await postMany(1_500, 1_000);
  expect(second.filter(({ status }) => status !== 503 && status !== 429)).toEqual([]);
  expect(slowest(second)).toBeLessThan(soonMs);
  expect([...first, ...second].every(({ retryAfter }) => retryAfter === '1')).toBe(true);
  expect(peakMemory(gm, 'ingest') - before).toBeLessThan(256 * mebibyte);
  faults.resume('broker');

  await until(async () => {
    const answer = await post(0);
    answers.push(answer);
    return answer.status === 202;
  });
  answers.push(...(await postMany(200, 100)));
  await gm.waitDrained();
  const stored = await gm.query<{ event_id: string }>('SELECT event_id FROM events');
  const ids = new Set(stored.map((row) => row.event_id));
  const accepted = answers.filter(({ status }) => status === 202);
  expect(accepted.length).toBeGreaterThan(300);
  expect(accepted.filter(({ eventId }) => !ids.has(eventId))).toEqual([]);
  expect(full.filter(({ eventId }) => ids.has(eventId))).toEqual([]);
  expect((await gm.verify()).differences).toEqual([]);
  await agent.destroy();
});

function slowest(answers: readonly Answer[]): number {
  return Math.max(...answers.map(({ after }) => after));
}

it.each([
  ['100,000 events', 100_000, 0, 5_000],
  ['2,000 events of 64 KiB', 2_000, 64 * 1024 - 20, 100],
])('one player with %s delays only its own partition', async (_, count, bytes, batch) => {
  await using gm = await createGameMetrics({ stack: 'embedded', roles: 'children' });
  const data = { filler: 'x'.repeat(bytes) };
  for (let sent = 0; sent < count; sent += batch) {
    const outcomes = await gm.send(
      ...Array.from({ length: batch }, () => event({ player_id: 'whale', data })),
    );
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
  }
  await gm.waitDrained();
  expect(await gm.query('SELECT total_events FROM player_statistics')).toEqual([
    { total_events: count },
  ]);
  expect((await gm.verify()).differences).toEqual([]);
  for (const name of ['ingest', 'worker', 'broker']) {
    expect(peakMemory(gm, name)).toBeLessThan(600 * mebibyte);
  }
});
