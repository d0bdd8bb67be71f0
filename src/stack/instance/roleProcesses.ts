import {
  endpointsToEnvironment,
  endpointVariables,
  type Endpoints,
  type Environment,
} from '../../config/endpoints.js';
import { consumerRoles, roles, type Role } from '../../pipeline/contract/roles.js';
import { packageFile } from '../../util/paths.js';
import type { ProcessSpec } from '../process/supervisedProcess.js';

/** A process of the pipeline and the roles that it runs. */
export interface RoleProcess {
  readonly name: string;
  readonly roles: readonly Role[];
}

/** The processes of the pipeline: ingest and one worker, or, isolated, one per role. */
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

/**
 * The specification of a role process: `gamemetrics run ROLE...`, with the stack's addresses in its
 * environment.
 */
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
    // A role stops by itself within 15 s.
    stopDeadlineMs: 20_000,
    log: logOf(name),
  };
}

/** Replaces all endpoint variables of an environment by those of these endpoints. */
export function environmentFor(endpoints: Endpoints, env: Environment): Environment {
  const before = Object.fromEntries(endpointVariables.map((variable) => [variable, undefined]));
  return { ...env, ...before, ...endpointsToEnvironment(endpoints) };
}
