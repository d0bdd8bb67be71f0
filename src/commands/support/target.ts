import {
  endpointsFromEnvironment,
  externalVariables,
  type Endpoints,
} from '../../config/endpoints.js';
import { environment } from '../../config/environment.js';
import { defaultInstance, instancesHome, readInstance, requireRunning } from '../../stack/index.js';

/** What a command that reads, or that sends, works on. */
export interface Target {
  /** Such as `instance default (embedded)`. */
  readonly title: string;
  readonly endpoints: Endpoints;
  /** The base URL of ingest, where it is known. */
  readonly url: string | undefined;
}

/**
 * The instance of a name that runs; where no name was given and none runs, the services that the
 * environment names.
 * @throws Failure (notRunning) where there is neither
 */
export function findTarget(name: string): Target {
  const env = environment();
  const home = instancesHome(env, process.cwd());
  const running = readInstance(home, name);
  const isExternal = externalVariables.some((variable) => (env[variable] ?? '') !== '');
  if (running === undefined && name === defaultInstance && isExternal) {
    return {
      title: 'the services that the environment names',
      endpoints: endpointsFromEnvironment(env),
      url: env['GAMEMETRICS_URL'],
    };
  }
  const { endpoints, url, stack } = requireRunning(home, name);
  return { title: `instance ${name} (${stack})`, endpoints, url };
}
