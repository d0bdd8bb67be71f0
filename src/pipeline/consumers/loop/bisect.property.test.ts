import fc from 'fast-check';
import { expect, it } from 'vitest';

import { bisect } from './bisect.js';

class Refusal extends Error {}
class Outage extends Error {}

const items = fc
  .array(fc.boolean(), { minLength: 1, maxLength: 300 })
  .map((poisoned) => poisoned.map((isPoison, at) => ({ at, isPoison })));

it('exactly the offending items are rejected, and all others are processed in order', async () => {
  await fc.assert(
    fc.asyncProperty(items, async (batch) => {
      const done: number[] = [];
      const refused: number[] = [];
      let attempts = 0;
      await bisect(batch, {
        attempt: (part) => {
          attempts += 1;
          if (part.some(({ isPoison }) => isPoison)) return Promise.reject(new Refusal());
          // All earlier items are settled by now.
          expect(part[0]?.at).toBe(done.length + refused.length);
          done.push(...part.map(({ at }) => at));
          return Promise.resolve();
        },
        isRefusal: (error) => error instanceof Refusal,
        refuse: ({ at }) => {
          expect(at).toBe(done.length + refused.length);
          refused.push(at);
          return Promise.resolve();
        },
      });
      const poison = batch.filter(({ isPoison }) => isPoison).map(({ at }) => at);
      expect(refused).toEqual(poison);
      expect(done).toEqual(batch.filter(({ isPoison }) => !isPoison).map(({ at }) => at));
      const halvings = Math.ceil(Math.log2(batch.length));
      expect(attempts).toBeLessThanOrEqual(2 * poison.length * (1 + halvings) + 1);
    }),
  );
});

it('an error that no item caused ends the batch, and later items are not processed', async () => {
  await fc.assert(
    fc.asyncProperty(items, fc.nat(), async (batch, when) => {
      const settled: number[] = [];
      let left = when % (2 * batch.length);
      const result = bisect(batch, {
        attempt: (part) => {
          if (left === 0) return Promise.reject(new Outage());
          left -= 1;
          if (part.some(({ isPoison }) => isPoison)) return Promise.reject(new Refusal());
          settled.push(...part.map(({ at }) => at));
          return Promise.resolve();
        },
        isRefusal: (error) => error instanceof Refusal,
        refuse: ({ at }) => {
          settled.push(at);
          return Promise.resolve();
        },
      });
      const outcome = await result.then(
        () => 'done',
        (error: unknown) => error,
      );
      // Always a prefix of the batch, and the whole batch if nothing was thrown.
      expect(settled).toEqual(settled.map((_, index) => index));
      if (outcome === 'done') expect(settled).toHaveLength(batch.length);
      else expect(outcome).toBeInstanceOf(Outage);
    }),
  );
});
