import {
  endpointsToEnvironment,
  endpointVariables,
  type Endpoints,
  type Environment,
} from '../../config/endpoints.js';
import { consumerRoles, roles, type Role } from '../../pipeline/contract/roles.js';
import { packageFile } from '../../util/paths.js';
import type { ProcessSpec } from '../process/supervisedProcess.js';

/** A process of the pipeline, by its name, and the roles in it. */
export interface RoleProcess {
  readonly name: string;
  readonly roles: readonly Role[];
}

/** Which processes the pipeline is: ingest and one worker, or one for each role. */
export function roleProcesses(isolate: boolean): RoleProcess[] {
  if (isolate) return roles.map((role) => ({ name: role, roles: [role] }));
  return [
    { name: 'ingest', roles: ['ingest'] },
    { name: 'worker', roles: consumerRoles },
  ];
}

export interface RoleContext {
  readonly endpoints: Endpoints;
  readonly portOf: (name: string) => number;
  readonly logOf: (name: string) => string;
  readonly env: Environment;
}

/** How to start one: `gamemetrics run ROLE...`, with the stack's addresses in its environment. */
export function roleProcessSpec(
  { name, roles: own }: RoleProcess,
  { endpoints, portOf, logOf, env }: RoleContext,
): ProcessSpec {
  const run = packageFile('bin/run.js');
  return {
    name,
    roles: own,
    command: process.execPath,
    args: [run, 'run', ...own, '--http-port', String(portOf(name))],
    env: environmentFor(endpoints, env),
    readiness: { by: 'message' },
    startDeadlineMs: 60_000,
    stopSignal: 'SIGTERM',
    // A role stops within 15 s of its own accord.
    stopDeadlineMs: 20_000,
    log: logOf(name),
  };
}

/** An environment with these endpoints, and nothing left of those that it may have had before. */
export function environmentFor(endpoints: Endpoints, env: Environment): Environment {
  const before = Object.fromEntries(endpointVariables.map((variable) => [variable, undefined]));
  return { ...env, ...before, ...endpointsToEnvironment(endpoints) };
}
