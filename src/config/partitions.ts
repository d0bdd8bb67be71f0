import { valueOf, type Environment } from './endpoints/variables.js';
import { Failure } from './failure.js';

const variable = 'GAMEMETRICS_PARTITIONS';

/** More than that is no sensible number of processes of one consumer. */
export const mostPartitions = 1_000;

/**
 * How many partitions the topics of players have: as many processes can share a consumer's work.
 * @returns undefined where it is not set
 * @throws Failure (usage) where it is no such number
 */
export function partitionsFromEnvironment(env: Environment): number | undefined {
  const value = valueOf(env, variable);
  if (value === undefined) return undefined;
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1 && count <= mostPartitions) return count;
  throw new Failure(`${variable}: "${value}" is not a number of partitions`, {
    exit: 'usage',
    cure: `Set it to a whole number from 1 to ${mostPartitions}.`,
  });
}
