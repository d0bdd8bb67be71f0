import { generateMersenne53Randomizer, type Randomizer } from '@faker-js/faker';

/** Independent streams of numbers, so that an option of one does not change the others. */
const streams = ['players', 'arrivals', 'trouble'] as const;

/** A source of numbers in [0, 1) that depends only on the seed and the stream. */
export function seededRandom(seed: number, stream: (typeof streams)[number]): Randomizer {
  const randomizer = generateMersenne53Randomizer();
  randomizer.seed([seed, streams.indexOf(stream)]);
  return randomizer;
}
