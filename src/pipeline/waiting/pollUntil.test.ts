import { setTimeout as sleep } from 'node:timers/promises';

import { expect, it, vi } from 'vitest';

import { StoreUnavailable } from '../../stores/errors.js';
import { pollUntil, type PollOptions } from './pollUntil.js';

const options: PollOptions<number> = {
  timeoutMs: 60_000,
  pollMs: 1,
  signal: undefined,
  late: (last, why) => new Error(`late with ${last ?? why}`),
};
const hangs = async (): Promise<number> => new Promise(() => undefined);

it('polls until the result is sufficient, even if a store is unavailable in between', async () => {
  const poll = vi
    .fn<() => Promise<number>>()
    .mockResolvedValueOnce(1)
    .mockRejectedValueOnce(new StoreUnavailable('postgres', new Error('restarting')))
    .mockResolvedValueOnce(2);
  const seen: number[] = [];
  const isEnough = (value: number): boolean => seen.push(value) === 2;
  expect(await pollUntil(poll, isEnough, options)).toBe(2);
  expect(seen).toEqual([1, 2]);
});

it('meets its deadline if a store hangs, and reports the last result', async () => {
  const poll = vi.fn(hangs).mockResolvedValueOnce(1);
  const polling = pollUntil(poll, () => false, { ...options, timeoutMs: 50 });
  await expect(polling).rejects.toThrow('late with 1');
});

it('reports the cause of an unavailable store at the deadline', async () => {
  const away = new StoreUnavailable('kafka', new Error('no leader'));
  const poll = vi.fn(async (): Promise<number> => Promise.reject(away)).mockResolvedValueOnce(1);
  const polling = pollUntil(poll, () => false, { ...options, timeoutMs: 50 });
  await expect(polling).rejects.toThrow('late with kafka is unavailable: no leader');
});

it('polls once even with the shortest timeout', async () => {
  const poll = async (): Promise<number> => sleep(20, 1);
  expect(await pollUntil(poll, () => true, { ...options, timeoutMs: 0 })).toBe(1);
  const polling = pollUntil(poll, () => false, { ...options, timeoutMs: 0.5 });
  await expect(polling).rejects.toThrow('late with 1');
});

it('ends when the signal aborts, and on an error that is not transient', async () => {
  const stop = new AbortController();
  const poll = vi.fn(hangs).mockResolvedValueOnce(1);
  const isEnough = (): boolean => {
    stop.abort(new Error('stop'));
    return false;
  };
  const polling = pollUntil(poll, isEnough, { ...options, signal: stop.signal });
  await expect(polling).rejects.toThrow('stop');
  const broken = pollUntil(
    async () => Promise.reject(new Error('bug')),
    () => true,
    options,
  );
  await expect(broken).rejects.toThrow('bug');
});
