import { expect, it } from 'vitest';

import { createEventStream } from '../generators/events.js';
import { VisibilitySampler } from './visibility.js';

const [event] = [createEventStream({ seed: 1, startMs: 0 }).next().value];
const { signal } = new AbortController();

it('asks for a sample, not for every event', async () => {
  let asked = 0;
  const sampler = new VisibilitySampler(() => Promise.resolve(void (asked += 1)), signal);
  const dueMs = performance.now() - 50;
  for (let offered = 0; offered < 100; offered += 1) sampler.offer(event, dueMs);
  const result = await sampler.finish();
  expect(asked).toBe(1);
  expect(result).toMatchObject({ samples: 1, missed: 0 });
  // From when it was due, not from its answer.
  expect(result.latencyMs?.max).toBeGreaterThanOrEqual(50);
});

it('waits for the samples under way and counts the missed ones', async () => {
  const miss = () => new Promise<never>((_, reject) => setImmediate(reject, new Error('late')));
  const sampler = new VisibilitySampler(miss, signal);
  sampler.offer(event, performance.now());
  expect(await sampler.finish()).toEqual({ samples: 1, missed: 1 });
});
