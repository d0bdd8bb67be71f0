import { expect, test } from 'vitest';

import { SparseIndex } from './sparseIndex.js';

/** Batches of 10 records and 50,000 bytes; the last record of batch n has the timestamp n * 100. */
function sampleIndex(): SparseIndex {
  const index = new SparseIndex();
  for (let batch = 0; batch < 10; batch += 1) {
    index.note(batch * 10, batch * 50_000, batch === 0 ? -1 : (batch - 1) * 100);
  }
  return index;
}

test('the index has one entry per 64 KiB', () => {
  expect(sampleIndex().entries.map(([, position]) => position)).toEqual([
    0, 100_000, 200_000, 300_000, 400_000,
  ]);
});

test.each([
  [0, 0],
  [19, 0],
  [20, 100_000],
  [39, 100_000],
  [1000, 400_000],
])('offset %i is at or after byte %i', (offset, position) => {
  expect(sampleIndex().positionOf(offset)).toBe(position);
});

test.each([
  [-1, 0],
  [100, 0],
  [101, 100_000],
  [300, 100_000],
  [301, 200_000],
  [9999, 400_000],
])('a record at or after timestamp %i is at or after byte %i', (time, position) => {
  expect(sampleIndex().positionBefore(time)).toBe(position);
});
