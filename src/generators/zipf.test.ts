import { expect, it } from 'vitest';

import { seededRandom } from './random.js';
import { zipfRanks } from './zipf.js';

function shares(size: number, skew: number, draws: number): number[] {
  const rank = zipfRanks(size, skew);
  const random = seededRandom(5, 'players');
  const counts = Array.from({ length: size }, () => 0);
  for (let draw = 0; draw < draws; draw += 1) {
    const drawn = rank(random.next());
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  return counts.map((count) => count / draws);
}

it.each([
  { size: 100, skew: 1 },
  { size: 20, skew: 0.7 },
  { size: 50, skew: 1.5 },
  { size: 10, skew: 0 },
])('draws $size ranks with a skew of $skew within the limits of chi-squared', ({ size, skew }) => {
  const draws = 200_000;
  const actual = shares(size, skew, draws);
  const weights = actual.map((_, rank) => 1 / (rank + 1) ** skew);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const chiSquared = weights
    .map((weight) => weight / total)
    .reduce(
      (sum, expected, rank) => sum + (draws * ((actual[rank] ?? 0) - expected) ** 2) / expected,
      0,
    );
  // The mean is size - 1 and the standard deviation sqrt(2 (size - 1)); the limit is four above.
  expect(chiSquared).toBeLessThan(size - 1 + 4 * Math.sqrt(2 * (size - 1)));
  expect(chiSquared).toBeGreaterThan(0);
});

it('draws the first and the last rank at the ends of the range', () => {
  const rank = zipfRanks(3, 1);
  expect(rank(0)).toBe(0);
  expect(rank(1 - Number.EPSILON)).toBe(2);
  expect(zipfRanks(1, 1)(0.5)).toBe(0);
});
