/**
 * Draws ranks by Zipf's law: the share of rank k of `size` is proportional to 1 / k^skew.
 * @param size the number of ranks, at least 1
 * @param skew 0: uniform; 1: the first rank is twice as frequent as the second
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

/** The index of the first number above `value` in a sorted array, or of the last number. */
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
