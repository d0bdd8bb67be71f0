import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identifySelf, isErrno, isRunning, type ProcessIdentity } from '../process/identity.js';

export type LockAttempt =
  | { readonly acquired: true; readonly release: () => void }
  | { readonly acquired: false; readonly holder: ProcessIdentity };

const retryForMs = 5000;
const heldMark = '.held';

/**
 * Tries to become the one process that runs an instance.
 *
 * The lock is a folder with a claim of each contender: a file named after its process. Who finds
 * no living claim beside its own has it; who does withdraws. Of two, at least the one that looks
 * last sees the other, since each looks after it has claimed: so never two, whoever dies when.
 * Claims of dead processes count for nothing and can be removed by anyone, for no later process
 * has the same name; a single lock file could not be broken without a race. Contenders that see
 * each other try again; the mark `.held` of who has won tells them that there is nothing to try.
 *
 * @param directory the instance's folder, which must exist (a wipe may remove it meanwhile)
 */
export async function acquireLock(directory: string): Promise<LockAttempt> {
  const folder = join(directory, 'lock');
  const self = identifySelf();
  const deadline = Date.now() + retryForMs;
  for (;;) {
    const attempt = claim(folder, self);
    if (attempt !== undefined) {
      const settled = attempt.acquired || isHeld(folder, attempt.holder);
      if (settled || Date.now() > deadline) return attempt;
    }
    await delay(5 + Math.random() * 45);
  }
}

/** Who holds an instance's lock now; undefined where nobody alive does. */
export function lockHolder(directory: string): ProcessIdentity | undefined {
  const folder = join(directory, 'lock');
  return claims(folder).find((other) => isRunning(other) && isHeld(folder, other));
}

/** Whether an instance was run, and whoever ran it died without giving it up. */
export function isAbandoned(directory: string): boolean {
  const claimants = claims(join(directory, 'lock'));
  return claimants.length > 0 && !claimants.some(isRunning);
}

/** @returns undefined where a wipe has taken the folder away meanwhile */
function claim(folder: string, self: ProcessIdentity): LockAttempt | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = join(folder, fileName(self));
  try {
    writeFileSync(own, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    // This process has it already, for another caller.
    if (isErrno(error, 'EEXIST')) return { acquired: false, holder: self };
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  const all = claims(folder);
  if (!all.some((claimant) => isSame(claimant, self))) return undefined;
  const others = all.filter((claimant) => !isSame(claimant, self));
  const rival = others.find(isRunning);
  if (rival !== undefined) {
    rmSync(own, { force: true });
    return { acquired: false, holder: rival };
  }
  for (const dead of others) remove(folder, dead);
  writeFileSync(own + heldMark, '', { mode: 0o600 });
  return { acquired: true, release: () => remove(folder, self) };
}

function remove(folder: string, owner: ProcessIdentity): void {
  rmSync(join(folder, fileName(owner) + heldMark), { force: true });
  rmSync(join(folder, fileName(owner)), { force: true });
}

function isHeld(folder: string, owner: ProcessIdentity): boolean {
  return existsSync(join(folder, fileName(owner) + heldMark));
}

function fileName({ pid, startTime }: ProcessIdentity): string {
  return `${pid}-${encodeURIComponent(startTime)}`;
}

function isSame(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.pid === other.pid && one.startTime === other.startTime;
}

function claims(folder: string): ProcessIdentity[] {
  return filesIn(folder)
    .filter((file) => !file.endsWith(heldMark))
    .flatMap((file) => {
      const [, pid, startTime] = /^(\d+)-(.+)$/.exec(file) ?? [];
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
