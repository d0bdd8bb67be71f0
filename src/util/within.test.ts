import { expect, it } from 'vitest';

import { within } from './within.js';

const never = new Promise<string>(() => undefined);

it('gives what comes in time, and undefined for what does not', async () => {
  expect(await within(Promise.resolve('x'), 60_000)).toBe('x');
  await expect(within(Promise.reject(new Error('no')), 60_000)).rejects.toThrow('no');
  expect(await within(never, 1)).toBeUndefined();
});

it('leaves no timer behind', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
  const before = timers();
  await within(Promise.resolve('x'), 60_000);
  expect(timers()).toBe(before);
});
