import { expect, it } from 'vitest';

import { readLogRanges, readLogRangesIfLed } from './logRanges.js';

const adminWith = (...partitions: number[]) => ({
  fetchTopicOffsets: () =>
    Promise.resolve(
      partitions.map((partition) => ({ partition, offset: '7', high: '7', low: '2' })),
    ),
});
const failing = (type: string) => ({
  fetchTopicOffsets: () => Promise.reject(Object.assign(new Error(type), { type })),
});

it('the log ranges are those of every partition, in order', async () => {
  expect(await readLogRanges(adminWith(1, 0), 'topic')).toEqual([
    { partition: 0, start: 2, end: 7 },
    { partition: 1, start: 2, end: 7 },
  ]);
});

it.each([[[0, 2]], [[1]], [[]]])('a missing partition is an error: %j', async (partitions) => {
  await expect(readLogRanges(adminWith(...partitions), 'topic')).rejects.toThrow('every partition');
});

it('the log ranges are undefined if a partition has no leader, and other errors are thrown', async () => {
  expect(await readLogRangesIfLed(failing('LEADER_NOT_AVAILABLE'), 'topic')).toBeUndefined();
  const named = readLogRanges(failing('LEADER_NOT_AVAILABLE'), 'topic');
  await expect(named).rejects.toThrow('a partition of topic has no leader');
  const other = readLogRangesIfLed(failing('NOT_LEADER_FOR_PARTITION'), 'topic');
  await expect(other).rejects.toThrow('NOT_LEADER');
});
