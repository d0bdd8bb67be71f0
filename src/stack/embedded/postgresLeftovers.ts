import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { isErrno } from '../../util/errno.js';
import { identify, signalProcess } from '../process/identity.js';

/**
 * Clears what keeps PostgreSQL from starting after its main process was killed. That it is not
 * running any more is the caller's to know. Linux only: elsewhere PostgreSQL waits by itself.
 * @param data its data directory
 */
export function clearKilledServer(data: string): void {
  const directory = realpathSync(data);
  endOrphanedBackends(directory);
  releaseStaleLock(directory);
}

/**
 * A backend outlives the main process as long as its query runs, and no new server starts beside
 * it.
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
 * Where another process has the pid in the lock file by now, be it the server of other data,
 * PostgreSQL would take that for its own and refuse to start.
 */
function releaseStaleLock(data: string): void {
  const lock = join(data, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  if (existsSync(`/proc/${pid}`) && !isPostgresOf(data, pid)) rmSync(lock, { force: true });
}

/** By its program, and by its working directory, which is the data directory. */
function isPostgresOf(data: string, pid: number): boolean {
  return (
    link(`/proc/${pid}/cwd`) === data && link(`/proc/${pid}/exe`)?.endsWith('/postgres') === true
  );
}

/** Where a link of /proc points to; undefined where the process is gone, or another user's. */
function link(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES')) return undefined;
    throw error;
  }
}
