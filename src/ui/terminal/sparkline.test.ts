import { expect, it } from 'vitest';

import { progressBar, sparkline } from './sparkline.js';

it.each([
  [[0, 1, 4, 8], 4, '▁▂▄█'],
  [[5, 5], 4, '  ██'],
  [[0, 0, 0], 3, '▁▁▁'],
  [[9, 1, 2], 2, '▄█'],
  [[], 3, '   '],
  [[1, 2], 0, ''],
])('a sparkline shows %j in %d columns', (values, width, expected) => {
  expect(sparkline(values, width)).toBe(expected);
});

it.each([
  [0, '░░░░'],
  [0.5, '██░░'],
  [1, '████'],
  [1.5, '████'],
  [-1, '░░░░'],
])('a progress bar shows a share of %d', (share, expected) => {
  expect(progressBar(share, 4)).toBe(expected);
});
