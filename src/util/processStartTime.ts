import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { isErrno } from './errno.js';

/**
 * The start time of a process, which distinguishes it from a later process with the same pid.
 * @returns an opaque text, to be compared for equality only: clock ticks since boot on Linux, a date
 *   elsewhere; undefined if no process has that pid, or only a zombie
 */
export function processStartTime(pid: number): string | undefined {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

/** Fields of /proc/PID/stat (proc_pid_stat(5)): the third is the state, the 22nd the start. */
function fromProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
  // The command, in parentheses, may itself contain spaces and parentheses.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? undefined : fields[18];
}

/** The date that ps prints depends on time zone and locale, so both are fixed. */
function fromPs(pid: number): string | undefined {
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
