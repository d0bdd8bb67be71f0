import { readlinkSync } from 'node:fs';
import { platform } from 'node:os';

import { isErrno } from '../../util/errno.js';
import { processStartTime } from '../../util/processStartTime.js';

/**
 * A process, distinguished from a later one with the same pid by its start time (see
 * processStartTime).
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** The process that has this pid; undefined if there is none, or only a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTime = processStartTime(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** The current process. */
export function identifySelf(): ProcessIdentity {
  const self = identify(process.pid);
  if (self === undefined) throw new Error('the current process is not in the process list');
  return self;
}

/**
 * The namespace in which a pid identifies a process: a container has its own pids, and cannot see
 * those outside it. Opaque, to be compared for equality only.
 */
export function pidNamespace(): string {
  return platform() === 'linux' ? readlinkSync('/proc/self/ns/pid') : platform();
}

/** Whether that process, and not a later one with its pid, is alive. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  return identify(pid)?.startTime === startTime;
}

/**
 * Sends a signal to that process, never to a later one with its pid.
 * @returns whether it was alive
 */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false;
    throw error;
  }
}
