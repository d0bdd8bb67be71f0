import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { endpointsToEnvironment, type Endpoints } from '../../config/endpoints.js';
import { isErrno } from '../../util/errno.js';
import { Failure } from '../../util/failure.js';
import { isRunning, type ProcessIdentity } from '../process/identity.js';
import type { ProcessState } from '../process/supervisedProcess.js';
import type { StackKind } from '../select.js';
import { notAccessible, writeFileAtomically } from './files.js';
import { instanceDirectory, nameFact } from './home.js';

/** `crashed`: its supervisor died before it had stopped the instance. */
export type InstanceStatus = 'starting' | 'running' | 'stopping' | 'crashed';

/** The content of instance.json: the state of an instance, for other processes. */
export interface InstanceState {
  readonly name: string;
  readonly directory: string;
  readonly status: InstanceStatus;
  readonly stack: StackKind;
  readonly reason: string;
  /** When its start began: RFC 3339. */
  readonly startedAt: string;
  readonly supervisor: ProcessIdentity;
  readonly endpoints: Endpoints;
  /** The base URL of ingest, once it serves. */
  readonly url?: string;
  readonly processes: readonly ProcessState[];
}

/**
 * The state of an instance that runs or has crashed; undefined if it was stopped or never ran.
 * @throws Failure (invalid_argument) if the name is invalid
 */
export function readInstance(home: string, name: string): InstanceState | undefined {
  const state = readStateFile(instanceDirectory(home, name));
  if (state === undefined || isRunning(state.supervisor)) return state;
  return { ...state, status: 'crashed' };
}

/**
 * The state of an instance that is starting, running or stopping.
 * @throws Failure: instance_not_running, instance_crashed
 */
export function requireRunning(home: string, name: string): InstanceState {
  const state = readInstance(home, name);
  if (state !== undefined && state.status !== 'crashed') return state;
  const facts = nameFact(name);
  if (state === undefined) {
    throw new Failure(`instance "${name}" is not running`, { code: 'instance_not_running', facts });
  }
  throw new Failure(`instance "${name}" has crashed: its supervisor has died`, {
    code: 'instance_crashed',
    facts,
  });
}

/**
 * The environment variables with which a program uses an instance. GAMEMETRICS_STACK prevents an
 * `up` in that environment from taking these addresses for an external stack.
 */
export function instanceEnvironment({
  url,
  stack,
  endpoints,
}: InstanceState): Record<string, string> {
  return {
    ...(url === undefined ? {} : { GAMEMETRICS_URL: url }),
    ...endpointsToEnvironment(endpoints),
    GAMEMETRICS_STACK: stack,
  };
}

export function readStateFile(directory: string): InstanceState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(directory), 'utf8')) as InstanceState;
  } catch (error) {
    // A crash of the machine has truncated the file, so no process of the instance is left.
    if (isErrno(error, 'ENOENT', 'ENOTDIR') || error instanceof SyntaxError) return undefined;
    throw notAccessible(error, directory);
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
