import type { Endpoints } from '../config/endpoints.js';
import type { StoreName } from '../stores/errors.js';
import { Failure } from '../util/failure.js';
import { within } from '../util/within.js';
import { checkKafka } from './kafka/probe.js';
import { checkPostgres } from './postgres/probe.js';
import { Unreachable } from './reach.js';
import { checkRedis } from './redis/probe.js';

/** Longer than the check of one store takes, even if each of its steps is slow. */
const deadlineMs = 14_000;

/**
 * Checks stores concurrently.
 * @returns one Failure per store that cannot be used; Unreachable if a retry may succeed
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

/** Combines failures into one that lists all of them. @param problems at least one */
export function combined(problems: readonly Failure[]): Failure {
  const [first] = problems;
  if (first !== undefined && problems.length === 1) return first;
  const isSameKind = problems.every(({ code }) => code === first?.code);
  return new Failure(problems.map(({ message }) => message).join('\n       '), {
    code: isSameKind && first?.code === 'invalid_setting' ? 'invalid_setting' : 'service_failed',
    parts: problems,
    cause: new AggregateError(problems),
  });
}

function noAnswer(store: StoreName): Unreachable {
  return new Unreachable(
    `${store} did not answer within ${deadlineMs / 1000} s`,
    'Check whether it is overloaded.',
  );
}
