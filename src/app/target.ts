import {
  endpointsFromEnvironment,
  externalVariables,
  type Endpoints,
} from '../config/endpoints.js';
import { environment } from '../config/environment.js';
import { ingestUrlOf } from '../config/ingestUrl.js';
import {
  defaultInstance,
  instancesHome,
  readInstance,
  requireRunning,
  type InstanceState,
  type ProcessState,
} from '../stack/index.js';

/** A running pipeline that a command works on. */
export interface Target {
  /** A title such as `instance default (embedded)`. */
  readonly title: string;
  readonly endpoints: Endpoints;
  /** Whether its stores are external services, which others may use too. */
  readonly isExternal: boolean;
  /** The base URL of ingest, if known. */
  readonly url: string | undefined;
  /** The current state of its processes; empty for external services. */
  readonly processes: () => readonly ProcessState[];
}

/**
 * Finds the running instance of a name; if the default instance is not running, the services that
 * the environment names.
 * @throws Failure (instance_not_running) if there is neither, (invalid_setting) if the environment is invalid
 */
export function findTarget(name: string): Target {
  const env = environment();
  const home = instancesHome(env, process.cwd());
  const running = readInstance(home, name);
  const isExternal = externalVariables.some((variable) => (env[variable] ?? '') !== '');
  if (running === undefined && name === defaultInstance && isExternal) {
    return {
      title: 'services from the environment',
      endpoints: endpointsFromEnvironment(env),
      isExternal: true,
      url: ingestUrlOf(env),
      processes: () => [],
    };
  }
  return instanceTarget(requireRunning(home, name), () => readInstance(home, name));
}

/** @param now reads the current state of the instance */
export function instanceTarget(
  { name, stack, endpoints, url }: InstanceState,
  now: () => InstanceState | undefined,
): Target {
  return {
    title: `instance ${name} (${stack})`,
    endpoints,
    isExternal: stack === 'external',
    url,
    processes: () => now()?.processes ?? [],
  };
}
