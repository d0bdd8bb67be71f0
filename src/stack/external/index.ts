import {
  endpointsFromEnvironment,
  type Endpoints,
  type Environment,
} from '../../config/endpoints.js';
import { checkStores, combined } from '../../diagnostics/checkStores.js';
import { Failure } from '../../util/failure.js';

/**
 * The services that the environment names, once each of them has accepted a connection.
 * @throws Failure: usage for a variable that cannot be used; serviceFailed within 15 s, which says
 *   for each service what is wrong and what to do about it
 */
export async function connectExternal(env: Environment): Promise<Endpoints> {
  const endpoints = endpointsFromEnvironment(env);
  const problems = await checkStores(endpoints, ['kafka', 'postgres', 'redis']);
  if (problems.length === 0) return endpoints;
  const { message, exit, cure = '', cause } = combined(problems);
  const instead = "To run on services of gamemetrics' own instead: --stack embedded.";
  throw new Failure(message, { exit, cure: `${cure}\n${instead}`, cause });
}
