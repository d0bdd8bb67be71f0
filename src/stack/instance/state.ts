import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { endpointsToEnvironment, type Endpoints } from '../../config/endpoints.js';
import { Failure } from '../../config/failure.js';
import { isErrno, isRunning, type ProcessIdentity } from '../process/identity.js';
import type { ProcessState } from '../process/supervisedProcess.js';
import type { StackKind } from '../select.js';
import { writeFileAtomically } from './files.js';
import { instanceDirectory } from './home.js';

/** `crashed`: its supervisor is gone without having stopped it. */
export type InstanceStatus = 'starting' | 'running' | 'stopping' | 'crashed';

/** What instance.json holds: an instance as others see it while it runs. */
export interface InstanceState {
  readonly name: string;
  readonly directory: string;
  readonly status: InstanceStatus;
  readonly stack: StackKind;
  readonly reason: string;
  /** When it began to start: RFC 3339. */
  readonly startedAt: string;
  readonly supervisor: ProcessIdentity;
  readonly endpoints: Endpoints;
  /** The base URL of ingest, once it serves. */
  readonly url?: string;
  readonly processes: readonly ProcessState[];
}

/**
 * The state of an instance that runs or has crashed; undefined where it was stopped or never ran.
 * @throws Failure (usage) where the name is none
 */
export function readInstance(home: string, name: string): InstanceState | undefined {
  const state = readStateFile(instanceDirectory(home, name));
  if (state === undefined || isRunning(state.supervisor)) return state;
  return { ...state, status: 'crashed' };
}

/**
 * The state of an instance that runs (or starts).
 * @throws Failure (notRunning) where it does not
 */
export function requireRunning(home: string, name: string): InstanceState {
  const state = readInstance(home, name);
  if (state !== undefined && state.status !== 'crashed') return state;
  const option = name === 'default' ? '' : ` --name ${name}`;
  const how = state === undefined ? 'is not running' : 'has crashed';
  throw new Failure(`instance "${name}" ${how}`, {
    exit: 'notRunning',
    cure: `Start it: gamemetrics up${option} --detach`,
  });
}

/** What a program needs in its environment to use an instance. */
export function instanceEnvironment(
  state: Pick<InstanceState, 'endpoints' | 'url'>,
): Record<string, string> {
  return {
    ...(state.url === undefined ? {} : { GAMEMETRICS_URL: state.url }),
    ...endpointsToEnvironment(state.endpoints),
  };
}

export function readStateFile(directory: string): InstanceState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(directory), 'utf8')) as InstanceState;
  } catch (error) {
    // Cut off by a crash of the whole machine, so that nothing of it can still run.
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function writeStateFile(state: InstanceState): void {
  writeFileAtomically(stateFile(state.directory), `${JSON.stringify(state, undefined, 2)}\n`);
}

export function removeStateFile(directory: string): void {
  rmSync(stateFile(directory), { force: true });
}

function stateFile(directory: string): string {
  return join(directory, 'instance.json');
}
