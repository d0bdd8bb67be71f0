import { generateMersenne53Randomizer, type Randomizer } from '@faker-js/faker';

/** What each draws its own numbers, so that an option of one leaves the others' as they are. */
const streams = ['players', 'arrivals', 'trouble'] as const;

/** A source of numbers in [0, 1) that depends on the seed and on what they are for, on nothing else. */
export function seededRandom(seed: number, stream: (typeof streams)[number]): Randomizer {
  const randomizer = generateMersenne53Randomizer();
  randomizer.seed([seed, streams.indexOf(stream)]);
  return randomizer;
}
