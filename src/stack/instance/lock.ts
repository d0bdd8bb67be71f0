import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identifySelf, isErrno, isRunning, type ProcessIdentity } from '../process/identity.js';

const purposes = ['run', 'stop'] as const;

/** What an instance is locked for: to run it, or to clear what is left of it. */
export type Purpose = (typeof purposes)[number];

export interface Rival extends ProcessIdentity {
  /** Undefined where it does not hold the lock, but tries to get it. */
  readonly purpose: Purpose | undefined;
}

export type LockAttempt =
  | { readonly acquired: true; readonly release: () => void }
  | { readonly acquired: false; readonly rival: Rival };

const retryForMs = 5000;

/**
 * Tries to become the one process that runs an instance, or clears it.
 *
 * The lock is a folder with a claim of each contender: a file named after its process. Who finds
 * no living claim beside its own has it; who does withdraws. Of two, at least the one that looks
 * last sees the other, since each looks after it has claimed: so never two, whoever dies when.
 * Claims of dead processes count for nothing and can be removed by anyone, for no later process
 * has the same name; a single lock file could not be broken without a race. Contenders that see
 * each other try again; a mark of who has won, `.run` or `.stop`, tells them that there is nothing to
 * try.
 *
 * @param directory the instance's folder, which must exist (a wipe may remove it meanwhile)
 */
export async function acquireLock(directory: string, purpose: Purpose): Promise<LockAttempt> {
  const folder = join(directory, 'lock');
  const self = identifySelf();
  const deadline = Date.now() + retryForMs;
  for (;;) {
    const attempt = claim(folder, self, purpose);
    if (attempt !== undefined) {
      const settled = attempt.acquired || attempt.rival.purpose !== undefined;
      if (settled || Date.now() > deadline) return attempt;
    }
    await delay(5 + Math.random() * 45);
  }
}

/** Who holds an instance's lock now, for that purpose; undefined where nobody alive does. */
export function lockHolder(directory: string, purpose: Purpose): ProcessIdentity | undefined {
  const folder = join(directory, 'lock');
  return claims(folder).find(
    (other) => isRunning(other) && purposeOf(folder, other) === purpose,
  );
}

/** Whether an instance was run, and whoever ran it died without giving it up. */
export function isAbandoned(directory: string): boolean {
  const claimants = claims(join(directory, 'lock'));
  return claimants.length > 0 && !claimants.some(isRunning);
}

/** @returns undefined where a wipe has taken the folder away meanwhile */
function claim(
  folder: string,
  self: ProcessIdentity,
  purpose: Purpose,
): LockAttempt | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = join(folder, fileName(self));
  try {
    writeFileSync(own, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    // This process has it already, for another caller.
    if (isErrno(error, 'EEXIST')) return lostTo(folder, self);
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  const all = claims(folder);
  if (!all.some((claimant) => isSame(claimant, self))) return undefined;
  const others = all.filter((claimant) => !isSame(claimant, self));
  const rival = others.find(isRunning);
  if (rival !== undefined) {
    rmSync(own, { force: true });
    return lostTo(folder, rival);
  }
  for (const dead of others) remove(folder, dead);
  writeFileSync(markOf(folder, self, purpose), '', { mode: 0o600 });
  return { acquired: true, release: () => remove(folder, self) };
}

function lostTo(folder: string, other: ProcessIdentity): LockAttempt {
  return { acquired: false, rival: { ...other, purpose: purposeOf(folder, other) } };
}

function remove(folder: string, owner: ProcessIdentity): void {
  for (const purpose of purposes) rmSync(markOf(folder, owner, purpose), { force: true });
  rmSync(join(folder, fileName(owner)), { force: true });
}

function purposeOf(folder: string, owner: ProcessIdentity): Purpose | undefined {
  return purposes.find((purpose) => existsSync(markOf(folder, owner, purpose)));
}

function markOf(folder: string, owner: ProcessIdentity, purpose: Purpose): string {
  return join(folder, `${fileName(owner)}.${purpose}`);
}

function fileName({ pid, startTime }: ProcessIdentity): string {
  return `${pid}-${encodeURIComponent(startTime)}`;
}

function isSame(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.pid === other.pid && one.startTime === other.startTime;
}

function claims(folder: string): ProcessIdentity[] {
  return filesIn(folder).flatMap((file) => {
    // With a dot it is a mark.
    const [, pid, startTime] = /^(\d+)-([^.]+)$/.exec(file) ?? [];
    if (pid === undefined || startTime === undefined) return [];
    return [{ pid: Number(pid), startTime: decodeURIComponent(startTime) }];
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
