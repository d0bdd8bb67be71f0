import {
  endpointsFromEnvironment,
  type Endpoints,
  type Environment,
} from '../../config/endpoints.js';
import { checkStores, combined } from '../../diagnostics/checkStores.js';
import { Failure } from '../../util/failure.js';

/**
 * The endpoints from the environment, once each service has accepted a connection.
 * @throws Failure: invalid_setting for an invalid variable; external_unusable within 15 s, with the
 *   problem and the fix for each service
 */
export async function connectExternal(env: Environment): Promise<Endpoints> {
  const endpoints = endpointsFromEnvironment(env);
  const problems = await checkStores(endpoints, ['kafka', 'postgres', 'redis']);
  if (problems.length === 0) return endpoints;
  const failure = combined(problems);
  if (failure.code === 'invalid_setting') throw failure;
  throw new Failure(failure.message, {
    code: 'external_unusable',
    parts: problems,
    cause: failure,
  });
}
