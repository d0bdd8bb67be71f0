import type { Endpoints } from '../config/endpoints.js';
import type { StoreName } from '../stores/errors.js';
import { Failure } from '../util/failure.js';
import { within } from '../util/within.js';
import { checkKafka } from './kafka/probe.js';
import { checkPostgres } from './postgres/probe.js';
import { Unreachable } from './reach.js';
import { checkRedis } from './redis/probe.js';

/** More than a check of one store takes where each of its steps is slow, in milliseconds. */
const deadlineMs = 14_000;

/**
 * Checks concurrently that the stores can be worked with.
 * @returns a Failure for each store that cannot: Unreachable where a later attempt may succeed
 */
export async function checkStores(
  endpoints: Endpoints,
  stores: readonly StoreName[],
): Promise<Failure[]> {
  const checks: Record<StoreName, () => Promise<void>> = {
    kafka: async () => checkKafka(endpoints.kafka),
    postgres: async () => checkPostgres(endpoints.postgres),
    redis: async () => checkRedis(endpoints.redis),
  };
  const problems = await Promise.all(
    stores.map(async (store) => {
      try {
        await within(checks[store](), deadlineMs, () => {
          throw noAnswer(store);
        });
        return undefined;
      } catch (error) {
        if (error instanceof Failure) return error;
        throw error;
      }
    }),
  );
  return problems.filter((problem) => problem !== undefined);
}

/** Combines several Failures into one that names each. @param problems at least one */
export function combined(problems: readonly Failure[]): Failure {
  const [first] = problems;
  if (first !== undefined && problems.length === 1) return first;
  const usage = problems.every(({ exit }) => exit === 'usage');
  return new Failure(problems.map(({ message }) => message).join('\n       '), {
    exit: usage ? 'usage' : 'serviceFailed',
    cure: [...new Set(problems.map(({ cure }) => cure))].join('\n'),
    cause: new AggregateError(problems),
  });
}

function noAnswer(store: StoreName): Unreachable {
  return new Unreachable(
    `${store} does not answer within ${deadlineMs / 1000} s`,
    'See whether it is overloaded.',
  );
}
