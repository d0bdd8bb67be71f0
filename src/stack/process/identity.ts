import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { platform } from 'node:os';

/**
 * A process, distinguished from a later one with the same pid by its start time.
 * `startTime` is opaque and compared for equality only: clock ticks since boot on Linux, a date
 * elsewhere.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** The process that has this pid now; undefined where none has it, or only a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTime = platform() === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** This very process. */
export function identifySelf(): ProcessIdentity {
  const self = identify(process.pid);
  if (self === undefined) throw new Error('this process does not find itself in the process list');
  return self;
}

/**
 * Within what a pid is a process's: a container has pids of its own, and does not see those outside.
 * Opaque, and compared for equality only.
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
 * @returns whether it was alive to get it
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

/** Whether an error is a system error with one of these codes. */
export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/**
 * Fields of /proc/PID/stat (proc_pid_stat(5)), counted after the command in parentheses, which
 * may itself hold spaces and parentheses: the first is the state, the 20th the start time.
 */
function startTimeFromProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? undefined : fields[18];
}

/** Its date depends on time zone and language, which must not be the caller's. */
function startTimeFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync('/bin/ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      env: { TZ: 'UTC', LC_ALL: 'C' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 1) return undefined;
    throw error;
  }
}
