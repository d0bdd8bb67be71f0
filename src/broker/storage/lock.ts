import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isErrno } from '../../util/errno.js';
import { processStartTime } from '../../util/processStartTime.js';
import { BrokerError } from '../brokerError.js';
import { fileMode } from './files.js';

/** The process that holds a lock. Its pid alone may belong to another process by now. */
interface Holder {
  readonly pid: number;
  /** The process's start time; see util/processStartTime.ts. */
  readonly started: string;
}

/** How often a lock that its holder left behind is removed before giving up. */
const attempts = 5;

/**
 * Locks `dir` for this process: a file `lock` with its pid, created by a hard link, which is atomic.
 * A lock whose process no longer runs (kill -9) is removed.
 * @returns a function that releases the lock
 * @throws BrokerError DATA_DIR_LOCKED where a running process holds it
 */
export function lockDir(dir: string): () => void {
  const lock = join(dir, 'lock');
  const own = join(dir, `lock.${randomUUID()}`);
  writeFileSync(own, JSON.stringify(thisProcess()), { mode: fileMode });
  try {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      if (tryLink(own, lock)) return () => rmSync(lock, { force: true });
      const holder = readHolder(lock);
      if (holder !== undefined && isAlive(holder)) throw lockedError(dir, holder.pid);
      clearAway(lock);
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

/** Moves the lock aside before removing it: of two processes that try, one succeeds. */
function clearAway(lock: string): void {
  const aside = `${lock}.${randomUUID()}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  const holder = readHolder(aside);
  if (holder !== undefined && isAlive(holder)) {
    // Another process took the lock between the check and the rename: put it back.
    tryLink(aside, lock);
  }
  rmSync(aside, { force: true });
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
  if (started === undefined) throw new Error('this process is not in the process list');
  return { pid: process.pid, started };
}

function isAlive({ pid, started }: Holder): boolean {
  return processStartTime(pid) === started;
}

function lockedError(dir: string, pid: number): BrokerError {
  const who = pid === 0 ? 'another process' : `process ${pid}`;
  return new BrokerError(
    'DATA_DIR_LOCKED',
    `the data directory ${dir} is in use by ${who}`,
    'Stop that broker, or choose another data directory.',
  );
}
