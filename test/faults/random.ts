/** A seeded random source: the same seed gives the same decisions. */
export interface Random {
  /** A number from 0 (inclusive) to 1 (exclusive). */
  next(): number;
  /** An integer between two numbers, both inclusive. */
  between(least: number, most: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** @throws RangeError if the list is empty */
  pick<T>(items: readonly T[]): T;
}

/**
 * Mulberry32. It differs from the generator of src/generators/random.ts because seeds are published:
 * there a seed identifies a load, here a campaign of docs/reliability.md.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    chance: (probability) => next() < probability,
    pick: (items) => {
      const index = Math.floor(next() * items.length);
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[index] as (typeof items)[number];
    },
  };
}
