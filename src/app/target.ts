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

/** What a command works on that does not run it itself. */
export interface Target {
  /** Such as `instance default (embedded)`. */
  readonly title: string;
  readonly endpoints: Endpoints;
  /** Whether it works on services that others run, and may use, too. */
  readonly isExternal: boolean;
  /** The base URL of ingest, where it is known. */
  readonly url: string | undefined;
  /** Its processes as they are now; none of services that others run. */
  readonly processes: () => readonly ProcessState[];
}

/**
 * The instance of a name that runs; where no name was given and none runs, the services that the
 * environment names.
 * @throws Failure (notRunning) where there is neither, (usage) where the environment is wrong
 */
export function findTarget(name: string): Target {
  const env = environment();
  const home = instancesHome(env, process.cwd());
  const running = readInstance(home, name);
  const isExternal = externalVariables.some((variable) => (env[variable] ?? '') !== '');
  if (running === undefined && name === defaultInstance && isExternal) {
    return {
      title: 'services of the environment',
      endpoints: endpointsFromEnvironment(env),
      isExternal: true,
      url: ingestUrlOf(env),
      processes: () => [],
    };
  }
  return instanceTarget(requireRunning(home, name), () => readInstance(home, name));
}

/** @param now reads the instance's state as it is now */
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
