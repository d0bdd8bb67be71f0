import { endpointsFromEnvironment, type Environment } from '../../config/endpoints.js';
import { checkStores, combined } from '../../diagnostics/checkStores.js';
import { Failure } from '../../util/failure.js';
import type { Stack } from '../stack.js';

/**
 * The stack that the environment names, once each of its services has let us in.
 * @throws Failure (usage) for a variable that cannot be used, Failure (serviceFailed) within 15 s
 * that says of each service what is wrong, and what to do about it
 */
export async function externalStack(env: Environment): Promise<Stack> {
  const endpoints = endpointsFromEnvironment(env);
  const problems = await checkStores(endpoints, ['kafka', 'postgres', 'redis']);
  if (problems.length === 0) return { endpoints, servers: [] };
  const { message, exit, cure = '', cause } = combined(problems);
  const instead = "To run on services of gamemetrics' own instead: --stack embedded.";
  throw new Failure(message, { exit, cure: `${cure}\n${instead}`, cause });
}
