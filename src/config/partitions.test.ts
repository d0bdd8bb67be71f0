import { expect, it } from 'vitest';

import { partitionsFromEnvironment } from './partitions.js';

it('reads a number of partitions', () => {
  expect(partitionsFromEnvironment({ GAMEMETRICS_PARTITIONS: '12' })).toBe(12);
  expect(partitionsFromEnvironment({ GAMEMETRICS_PARTITIONS: '' })).toBeUndefined();
  expect(partitionsFromEnvironment({})).toBeUndefined();
});

it.each(['0', '-1', '1.5', 'three', '1001'])('refuses %s', (value) => {
  const read = (): unknown => partitionsFromEnvironment({ GAMEMETRICS_PARTITIONS: value });
  expect(read).toThrow(`GAMEMETRICS_PARTITIONS: "${value}"`);
});
