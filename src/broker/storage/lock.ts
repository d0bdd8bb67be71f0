import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isErrno } from '../../util/errno.js';
import { processStartTime } from '../../util/processStartTime.js';
import { BrokerError } from '../brokerError.js';
import { fileMode } from './files.js';

/** The owner of a lock. A process id alone is not enough, since it can be reused. */
interface Holder {
  readonly pid: number;
  /** The start time of the process; see util/processStartTime.ts. */
  readonly started: string;
}

/** Attempts to remove a stale lock before giving up. */
const maxAttempts = 5;

/**
 * Locks `dir` for this process: creates a file `lock` with the process id, by a hard link, which is
 * atomic. A stale lock, whose process is dead, is removed.
 * @returns a function that releases the lock
 * @throws BrokerError DATA_DIR_LOCKED if a running process holds the lock
 */
export function lockDir(dir: string): () => void {
  const lock = join(dir, 'lock');
  const own = join(dir, `lock.${randomUUID()}`);
  writeFileSync(own, JSON.stringify(thisProcess()), { mode: fileMode });
  try {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      if (tryLink(own, lock)) return () => rmSync(lock, { force: true });
      const holder = readHolder(lock);
      if (holder !== undefined && isAlive(holder)) throw lockedError(dir, holder.pid);
      removeStale(lock);
    }
    throw lockedError(dir, 0);
  } finally {
    rmSync(own, { force: true });
  }
}

function tryLink(own: string, lock: string): boolean {
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Removes a stale lock. It is renamed first, so that only one of two processes removes it. */
function removeStale(lock: string): void {
  const renamed = `${lock}.${randomUUID()}`;
  try {
    renameSync(lock, renamed);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  const holder = readHolder(renamed);
  if (holder !== undefined && isAlive(holder)) {
    // Another process took the lock between the check and the rename, so it is put back.
    tryLink(renamed, lock);
  }
  rmSync(renamed, { force: true });
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch (error) {
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function thisProcess(): Holder {
  const started = processStartTime(process.pid);
  if (started === undefined) throw new Error('the start time of this process is not available');
  return { pid: process.pid, started };
}

function isAlive({ pid, started }: Holder): boolean {
  return processStartTime(pid) === started;
}

function lockedError(dir: string, pid: number): BrokerError {
  const owner = pid === 0 ? 'another process' : `process ${pid}`;
  return new BrokerError(
    'DATA_DIR_LOCKED',
    `the data directory ${dir} is in use by ${owner}`,
    'Stop that broker, or choose another data directory.',
  );
}
