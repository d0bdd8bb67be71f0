import {
  endpointsFromEnvironment,
  type Endpoints,
  type Environment,
} from '../../config/endpoints.js';
import { checkStores, combined } from '../../diagnostics/checkStores.js';
import { Failure } from '../../util/failure.js';

/**
 * The services that the environment names, once each of them has accepted a connection.
 * @throws Failure: invalid_setting for a variable that cannot be used; external_unusable within 15 s, which says
 *   for each service what is wrong and what to do about it
 */
export async function connectExternal(env: Environment): Promise<Endpoints> {
  const endpoints = endpointsFromEnvironment(env);
  const problems = await checkStores(endpoints, ['kafka', 'postgres', 'redis']);
  if (problems.length === 0) return endpoints;
  const { message, cure = '', cause } = combined(problems);
  throw new Failure(message, { code: 'external_unusable', cure, cause });
}
