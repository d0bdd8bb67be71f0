import { expect, test } from 'vitest';
import { SparseIndex } from './sparseIndex.js';

/** Batches of 10 records and 3000 bytes; the last record of the nth has the time n * 100. */
function made(): SparseIndex {
  const index = new SparseIndex();
  for (let batch = 0; batch < 10; batch += 1) {
    index.note(batch * 10, batch * 3000, batch === 0 ? -1 : (batch - 1) * 100);
  }
  return index;
}

test('it has an entry for every few kilobytes', () => {
  expect(made().entries.map(([, position]) => position)).toEqual([0, 6000, 12000, 18000, 24000]);
});

test.each([
  [0, 0],
  [19, 0],
  [20, 6000],
  [39, 6000],
  [1000, 24000],
])('offset %i is at or behind byte %i', (offset, position) => {
  expect(made().positionOf(offset)).toBe(position);
});

test.each([
  [-1, 0],
  [100, 0],
  [101, 6000],
  [300, 6000],
  [301, 12000],
  [9999, 24000],
])('a record at or after time %i is at or behind byte %i', (time, position) => {
  expect(made().positionBefore(time)).toBe(position);
});
