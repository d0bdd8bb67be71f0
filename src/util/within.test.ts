import { expect, it } from 'vitest';

import { within } from './within.js';

const never = new Promise<string>(() => undefined);
const late = () => 'late';

it('settles as the work does where that is in time', async () => {
  expect(await within(Promise.resolve('x'), 60_000, late)).toBe('x');
  await expect(within(Promise.reject(new Error('no')), 60_000, late)).rejects.toThrow('no');
});

it('returns or throws what onTimeout does where the work takes longer', async () => {
  expect(await within(never, 1, late)).toBe('late');
  const failing = within(never, 1, () => {
    throw new Error('too late');
  });
  await expect(failing).rejects.toThrow('too late');
});

it('ignores a rejection after the timeout', async () => {
  let fail: (error: Error) => void = () => undefined;
  const work = new Promise<string>((_resolve, reject) => (fail = reject));
  expect(await within(work, 1, late)).toBe('late');
  fail(new Error('unhandled where nothing listens to it'));
});

it('leaves no timer behind', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
  const before = timers();
  await within(Promise.resolve('x'), 60_000, late);
  expect(timers()).toBe(before);
});
