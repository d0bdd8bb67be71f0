import { setTimeout as sleep } from 'node:timers/promises';

import { Agent, request } from 'undici';

import { createEventStream, type GeneratedEvent } from '../../src/generators/events.js';
import type { Random } from '../faults/random.js';
import type { Answer, History } from './history.js';

export interface ChaosLoadOptions {
  readonly url: string;
  readonly seed: number;
  readonly random: Random;
  /** Distinct events, not counting duplicates and retries. */
  readonly events: number;
  /** The duration of the load, in milliseconds. */
  readonly overMs: number;
  readonly history: History;
  /** How long a client waits for a response; 4 s by default. */
  readonly requestTimeoutMs?: number;
  /** Ends the load early, but waits for requests in flight. */
  readonly signal?: AbortSignal;
}

interface Item {
  readonly event: GeneratedEvent;
  readonly valid: boolean;
  /** Remaining retries after an unknown outcome. */
  triesLeft: number;
}

const workers = 12;
const answerWithinMs = 4_000;
const games = 4;
const players = 60;

/** Sends a seeded load, partly duplicate and partly invalid, and records each response. */
export async function runChaosLoad(options: ChaosLoadOptions): Promise<void> {
  const { random, overMs, history, requestTimeoutMs = answerWithinMs } = options;
  const queue = drawItems(options);
  const total = queue.length;
  const agent = new Agent({ connections: workers, pipelining: 1 });
  const startMs = performance.now();
  const work = async (): Promise<void> => {
    for (;;) {
      const batch = queue.splice(0, random.chance(0.6) ? 1 : random.between(2, 30));
      if (batch.length === 0 || options.signal?.aborted === true) return;
      const dueMs = startMs + (overMs * Math.max(0, total - queue.length)) / total;
      await sleep(Math.max(0, dueMs - performance.now()));
      const atMs = history.now();
      const answers = await send(agent, options.url, batch, requestTimeoutMs);
      for (const [index, item] of batch.entries()) {
        const { answer, detail } = answers[index] ?? { answer: 'unknown', detail: 'no result' };
        history.attempted(item.event, item.valid, { atMs, endMs: history.now(), answer, detail });
        if (answer === 'unknown' && item.triesLeft > 0 && random.chance(0.6)) {
          queue.push({ ...item, triesLeft: item.triesLeft - 1 });
        } else if (answer === 'accepted' && random.chance(0.05)) {
          queue.push({ ...item, triesLeft: 1 });
        }
      }
      if (answers.every(({ answer }) => answer === 'unknown')) await sleep(random.between(20, 200));
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    await agent.destroy();
  }
}

function drawItems({ seed, random, events, overMs }: ChaosLoadOptions): Item[] {
  const startMs = Date.now() - overMs;
  const stream = createEventStream({ seed, startMs, stepMs: overMs / events, players, games });
  const items: Item[] = [];
  for (let index = 0; index < events; index += 1) {
    const event = stream.next().value;
    const valid = !random.chance(0.03);
    items.push({ event: valid ? event : invalidate(event, random), valid, triesLeft: 6 });
    // An idempotency key belongs to a player: the same key of another player is another event.
    if (valid && random.chance(0.01)) {
      items.push({ event: { ...event, player_id: 'another' }, valid, triesLeft: 6 });
    }
    if (valid && random.chance(0.01)) items.push({ event, valid, triesLeft: 2 });
  }
  return items;
}

function invalidate(event: GeneratedEvent, random: Random): GeneratedEvent {
  return random.pick([
    { ...event, event_type: 'Not A Type' },
    { ...event, event_type: 'player_score', data: { score: 1.5 } },
    { ...event, timestamp: 'yesterday' },
    { ...event, timestamp: new Date(Date.now() + 3_600_000).toISOString() },
    { ...event, data: { text: 'a\0b' } },
    { ...event, game_id: '' },
  ]);
}

interface Result {
  readonly answer: Answer;
  readonly detail: string;
}

async function send(
  agent: Agent,
  url: string,
  items: readonly Item[],
  timeoutMs: number,
): Promise<Result[]> {
  const [only] = items;
  const single = items.length === 1 && only !== undefined;
  const body = JSON.stringify(single ? only.event : items.map(({ event }) => event));
  try {
    const response = await request(`${url}/api/v1/events${single ? '' : '/batch'}`, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer = await response.body.json();
    return resultsOf(response.statusCode, answer, items.length, single);
  } catch (error) {
    const detail = error instanceof Error ? error.message || error.name : String(error);
    return items.map(() => ({ answer: 'unknown', detail }));
  }
}

function resultsOf(status: number, body: unknown, count: number, single: boolean): Result[] {
  const detail = `HTTP ${status}`;
  if (status !== 202 || single) {
    const final = status === 202 ? 'accepted' : 'rejected';
    const answer = status >= 500 || status === 429 || status === 408 ? 'unknown' : final;
    return Array.from({ length: count }, () => ({ answer, detail }));
  }
  const { results } = body as { results: { status: string }[] };
  return results.map((item) => ({
    answer: item.status === 'success' ? 'accepted' : 'rejected',
    detail: `${detail}, ${item.status}`,
  }));
}
