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

it('polls until the result is enough, even if a store is unavailable in between', async () => {
  const look = vi
    .fn<() => Promise<number>>()
    .mockResolvedValueOnce(1)
    .mockRejectedValueOnce(new StoreUnavailable('postgres', new Error('restarting')))
    .mockResolvedValueOnce(2);
  const seen: number[] = [];
  const isEnough = (value: number): boolean => seen.push(value) === 2;
  expect(await pollUntil(look, isEnough, options)).toBe(2);
  expect(seen).toEqual([1, 2]);
});

it('keeps its deadline if a store hangs, and reports the last result', async () => {
  const look = vi.fn(hangs).mockResolvedValueOnce(1);
  const looking = pollUntil(look, () => false, { ...options, timeoutMs: 50 });
  await expect(looking).rejects.toThrow('late with 1');
});

it('reports at the deadline why a store was unavailable', async () => {
  const away = new StoreUnavailable('kafka', new Error('no leader'));
  const look = vi.fn(async (): Promise<number> => Promise.reject(away)).mockResolvedValueOnce(1);
  const looking = pollUntil(look, () => false, { ...options, timeoutMs: 50 });
  await expect(looking).rejects.toThrow('late with kafka is unavailable: no leader');
});

it('polls once even with the shortest timeout', async () => {
  const look = async (): Promise<number> => sleep(20, 1);
  expect(await pollUntil(look, () => true, { ...options, timeoutMs: 0 })).toBe(1);
  const looking = pollUntil(look, () => false, { ...options, timeoutMs: 0.5 });
  await expect(looking).rejects.toThrow('late with 1');
});

it('ends when the signal aborts, and at an error that does not pass', async () => {
  const stop = new AbortController();
  const look = vi.fn(hangs).mockResolvedValueOnce(1);
  const isEnough = (): boolean => {
    stop.abort(new Error('stop'));
    return false;
  };
  const looking = pollUntil(look, isEnough, { ...options, signal: stop.signal });
  await expect(looking).rejects.toThrow('stop');
  const broken = pollUntil(
    async () => Promise.reject(new Error('bug')),
    () => true,
    options,
  );
  await expect(broken).rejects.toThrow('bug');
});
