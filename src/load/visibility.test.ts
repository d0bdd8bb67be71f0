import { expect, it } from 'vitest';

import { createEventStream } from '../generators/events.js';
import { VisibilitySampler } from './visibility.js';

const [event] = [createEventStream({ seed: 1, startMs: 0 }).next().value];
const { signal } = new AbortController();

it('checks a sample of the events, not all of them', async () => {
  let checks = 0;
  const sampler = new VisibilitySampler(() => Promise.resolve(void (checks += 1)), signal);
  const dueMs = performance.now() - 50;
  for (let offered = 0; offered < 100; offered += 1) sampler.offer(event, dueMs);
  const result = await sampler.finish();
  expect(checks).toBe(1);
  expect(result).toMatchObject({ samples: 1, missed: 0 });
  // Measured from the due time, not from the response.
  expect(result.latencyMs?.max).toBeGreaterThanOrEqual(50);
});

it('waits for pending samples and counts the missed ones', async () => {
  const miss = () => new Promise<never>((_, reject) => setImmediate(reject, new Error('late')));
  const sampler = new VisibilitySampler(miss, signal);
  sampler.offer(event, performance.now());
  expect(await sampler.finish()).toEqual({ samples: 1, missed: 1 });
});
