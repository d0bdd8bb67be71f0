/**
 * Draws ranks by Zipf's law: rank k of `size` has a share in proportion to 1 / k^skew.
 * @param size how many there are, at least 1
 * @param skew 0: all alike; 1: the first is twice as frequent as the second
 * @returns a function from a number in [0, 1) to a rank, from 0
 */
export function zipfRanks(size: number, skew: number): (uniform: number) => number {
  const cumulative = new Float64Array(size);
  let total = 0;
  for (let rank = 0; rank < size; rank += 1) {
    total += 1 / (rank + 1) ** skew;
    cumulative[rank] = total;
  }
  return (uniform) => firstAbove(cumulative, uniform * total);
}

/** The index of the first number above `value` in ascending numbers; the last one at most. */
function firstAbove(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? Infinity) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
