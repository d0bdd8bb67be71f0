import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { isErrno } from '../../util/errno.js';
import { identify, signalProcess } from '../process/identity.js';

/**
 * Removes the processes and files that prevent PostgreSQL from starting after its main process was
 * killed. The caller must know that the main process is not running. Linux only: on other systems,
 * PostgreSQL itself waits.
 * @param data the data directory
 */
export function clearKilledServer(data: string): void {
  const directory = realpathSync(data);
  endOrphanedBackends(directory);
  releaseStaleLock(directory);
}

/**
 * A backend outlives the main process for as long as its query runs, and no new server can start
 * until it has ended.
 */
function endOrphanedBackends(data: string): void {
  const pids = existsSync('/proc/self') ? readdirSync('/proc').map(Number) : [];
  for (const pid of pids.filter(Number.isInteger)) {
    if (!isPostgresOf(data, pid)) continue;
    const orphan = identify(pid);
    if (orphan !== undefined) signalProcess(orphan, 'SIGKILL');
  }
}

/**
 * If another process, such as the server of another data directory, now has the pid in the lock
 * file, PostgreSQL would take it for a running server and refuse to start.
 */
function releaseStaleLock(data: string): void {
  const lock = join(data, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  if (existsSync(`/proc/${pid}`) && !isPostgresOf(data, pid)) rmSync(lock, { force: true });
}

/** Identifies a server by its program and by its working directory, which is the data directory. */
function isPostgresOf(data: string, pid: number): boolean {
  return (
    link(`/proc/${pid}/cwd`) === data && link(`/proc/${pid}/exe`)?.endsWith('/postgres') === true
  );
}

/** The target of a link in /proc; undefined if the process has ended or belongs to another user. */
function link(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES')) return undefined;
    throw error;
  }
}
