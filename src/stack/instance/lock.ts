import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimes,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isErrno } from '../../util/errno.js';
import {
  identifySelf,
  isRunning,
  pidNamespace,
  type ProcessIdentity,
} from '../process/identity.js';

const purposes = ['run', 'stop'] as const;

/** The purpose of a lock: to run the instance, or to stop it and clean up. */
export type Purpose = (typeof purposes)[number];

interface Claimant extends ProcessIdentity {
  /** See {@link pidNamespace}. */
  readonly namespace: string;
}

interface Rival {
  readonly pid: number;
  /** Undefined if it does not hold the lock but is trying to acquire it. */
  readonly purpose: Purpose | undefined;
  /** In another container, or outside this one: its pid is meaningless here. */
  readonly elsewhere: boolean;
}

export type LockAttempt =
  | { readonly acquired: true; readonly release: () => void }
  | { readonly acquired: false; readonly rival: Rival };

const retryForMs = 5000;

/** How often a claim is touched, for contenders that cannot see its process; ms. */
const beatEveryMs = 5000;
/** How long such a claim then counts as alive; ms. */
const freshForMs = 60_000;

/**
 * Tries to lock an instance, for one process that runs or stops it.
 *
 * The lock is a folder with one claim per contender: a file named after its process. A contender
 * holds the lock if it finds no other live claim; otherwise it withdraws its own. Each contender
 * checks after it has claimed, so of any two, the one that checks last sees the other: two never
 * hold the lock at once, whenever either dies. The claim of a dead process does not count, and any
 * process may remove it, since no later process has the same file name; a single lock file could
 * not be broken without a race. Contenders that see each other retry, until the holder's mark,
 * `.run` or `.stop`, exists.
 *
 * Containers that share the folder do not see each other's processes. So the holder also touches
 * its claim periodically, and a claim from another container counts as dead if it has not been
 * touched for a minute.
 *
 * @param directory the instance's folder, which must exist (a concurrent wipe may remove it)
 */
export async function acquireLock(directory: string, purpose: Purpose): Promise<LockAttempt> {
  const folder = join(directory, 'lock');
  const self: Claimant = { ...identifySelf(), namespace: pidNamespace() };
  const deadline = Date.now() + retryForMs;
  for (;;) {
    const attempt = claim(folder, self, purpose);
    if (attempt !== undefined) {
      const settled = attempt.acquired || attempt.rival.purpose !== undefined;
      if (settled || Date.now() > deadline) return attempt;
    }
    await sleep(5 + Math.random() * 45);
  }
}

/** The process in this pid namespace that holds the lock for a purpose, if any. */
export function lockHolder(directory: string, purpose: Purpose): ProcessIdentity | undefined {
  const folder = join(directory, 'lock');
  return claims(folder).find(
    (other) => isHere(other) && isRunning(other) && purposeOf(folder, other) === purpose,
  );
}

/** Whether an instance was run by a process that died without releasing its lock. */
export function isAbandoned(directory: string): boolean {
  const folder = join(directory, 'lock');
  const claimants = claims(folder);
  return claimants.length > 0 && !claimants.some((claimant) => isAlive(folder, claimant));
}

/** @returns undefined if a concurrent wipe has removed the folder */
function claim(folder: string, self: Claimant, purpose: Purpose): LockAttempt | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = join(folder, fileName(self));
  try {
    writeFileSync(own, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    // Another caller in this process has claimed the lock.
    if (isErrno(error, 'EEXIST')) return lostTo(folder, self);
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  const all = claims(folder);
  if (!all.some((claimant) => isSame(claimant, self))) return undefined;
  const others = all.filter((claimant) => !isSame(claimant, self));
  const rival = others.find((other) => isAlive(folder, other));
  if (rival !== undefined) {
    rmSync(own, { force: true });
    return lostTo(folder, rival);
  }
  for (const dead of others) remove(folder, dead);
  writeFileSync(markOf(folder, self, purpose), '', { mode: 0o600 });
  const leave = keepFresh(own);
  return {
    acquired: true,
    release: () => {
      leave();
      remove(folder, self);
    },
  };
}

function lostTo(folder: string, other: Claimant): LockAttempt {
  const purpose = purposeOf(folder, other);
  return { acquired: false, rival: { pid: other.pid, purpose, elsewhere: !isHere(other) } };
}

function isHere({ namespace }: Claimant): boolean {
  return namespace === pidNamespace();
}

function isAlive(folder: string, claimant: Claimant): boolean {
  return isHere(claimant) ? isRunning(claimant) : isFresh(join(folder, fileName(claimant)));
}

function isFresh(file: string): boolean {
  const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
  return Math.abs(Date.now() - mtimeMs) < freshForMs;
}

/** Touches a claim periodically. @returns a function that stops this */
function keepFresh(file: string): () => void {
  const timer = setInterval(() => {
    // The claim has been removed or the disk has failed; the code that uses them reports that.
    utimes(file, new Date(), new Date(), () => undefined);
  }, beatEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

function remove(folder: string, owner: Claimant): void {
  for (const purpose of purposes) rmSync(markOf(folder, owner, purpose), { force: true });
  rmSync(join(folder, fileName(owner)), { force: true });
}

function purposeOf(folder: string, owner: Claimant): Purpose | undefined {
  return purposes.find((purpose) => existsSync(markOf(folder, owner, purpose)));
}

function markOf(folder: string, owner: Claimant, purpose: Purpose): string {
  return join(folder, `${fileName(owner)}.${purpose}`);
}

function fileName({ pid, startTime, namespace }: Claimant): string {
  return [pid, startTime, namespace].map(encodeURIComponent).join('@');
}

function isSame(one: Claimant, other: Claimant): boolean {
  return fileName(one) === fileName(other);
}

function claims(folder: string): Claimant[] {
  return filesIn(folder).flatMap((file) => {
    // A name with a dot is a mark.
    const parts = /^(\d+)@([^@.]+)@([^@.]+)$/.exec(file)?.slice(1).map(decodeURIComponent);
    const [pid, startTime, namespace] = parts ?? [];
    if (pid === undefined || startTime === undefined || namespace === undefined) return [];
    return [{ pid: Number(pid), startTime, namespace }];
  });
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
