import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { BrokerError } from '../brokerError.js';
import { fileMode, hasCode } from './files.js';
import { startTimeOf } from './startTime.js';

/** Who holds a lock. A process id alone could have been given to another process since. */
interface Holder {
  readonly pid: number;
  /** When the process began; see startTime.ts. */
  readonly started: string;
}

/** How often a lock that its holder left behind is cleared away before giving up. */
const attempts = 5;

/**
 * Takes `dir` for this process: a file `lock` with its id, put there by a hard link, which is
 * atomic. A lock whose process has gone (kill -9) is cleared away.
 * @returns a function that lets it go
 * @throws BrokerError DATA_DIR_LOCKED where a living process holds it
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
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Moves the lock aside before removing it: of two who try, one gets it. */
function clearAway(lock: string): void {
  const aside = `${lock}.${randomUUID()}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  const holder = readHolder(aside);
  if (holder !== undefined && isAlive(holder)) {
    // Between our look and our grip somebody else had taken it: it is theirs.
    tryLink(aside, lock);
  }
  rmSync(aside, { force: true });
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function thisProcess(): Holder {
  const started = startTimeOf(process.pid);
  if (started === undefined) {
    throw new Error('this process does not find itself in the process list');
  }
  return { pid: process.pid, started };
}

function isAlive({ pid, started }: Holder): boolean {
  return startTimeOf(pid) === started;
}

function lockedError(dir: string, pid: number): BrokerError {
  const who = pid === 0 ? 'another process' : `process ${pid}`;
  return new BrokerError(
    'DATA_DIR_LOCKED',
    `the data directory ${dir} is in use by ${who}`,
    'Stop that broker, or choose another data directory.',
  );
}
