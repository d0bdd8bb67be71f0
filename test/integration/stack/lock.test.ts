import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { acquireLock, isAbandoned, lockHolder } from '../../../src/stack/instance/lock.js';
import { killNow, startScript, testHome, until } from './support/instances.js';

const longAgo = new Date('2020-01-01');

describe('the lock of an instance', () => {
  it('is acquired by one of 20 racing processes, and the others learn its pid', async () => {
    const directory = testHome();
    const contenders = await Promise.all(
      Array.from({ length: 20 }, () => startScript('takeLock.js', [directory])),
    );
    const winners = contenders.filter(({ line }) => line === 'acquired');
    expect(winners).toHaveLength(1);
    const pid = winners[0]?.child.pid;
    expect(new Set(contenders.map(({ line }) => line))).toEqual(
      new Set(['acquired', `held by ${String(pid)}`]),
    );
  });

  it('is acquired by one of 20 racing processes after its holder was killed', async () => {
    const directory = testHome();
    const { child } = await startScript('takeLock.js', [directory]);
    await killNow(child);
    const contenders = await Promise.all(
      Array.from({ length: 20 }, () => startScript('takeLock.js', [directory])),
    );
    expect(contenders.filter(({ line }) => line === 'acquired')).toHaveLength(1);
  });

  it('is held by another container as long as the container touches its claim', async () => {
    const directory = testHome();
    const claim = join(directory, 'lock', `${process.pid}@1@another`);
    mkdirSync(join(directory, 'lock'));
    writeFileSync(claim, '');
    writeFileSync(`${claim}.run`, '');
    expect(await acquireLock(directory, 'run')).toEqual({
      acquired: false,
      rival: { pid: process.pid, purpose: 'run', elsewhere: true },
    });
    expect(isAbandoned(directory)).toBe(false);
    expect(lockHolder(directory, 'run')).toBeUndefined();

    utimesSync(claim, longAgo, longAgo);
    expect(isAbandoned(directory)).toBe(true);
    expect((await acquireLock(directory, 'run')).acquired).toBe(true);
    expect(existsSync(claim)).toBe(false);
  });

  it('is touched by its holder until it is released', async () => {
    const directory = testHome();
    const lock = await acquireLock(directory, 'run');
    const folder = join(directory, 'lock');
    const claim = join(folder, readdirSync(folder).find((file) => !file.endsWith('.run')) ?? '');
    utimesSync(claim, longAgo, longAgo);
    await until(() => statSync(claim).mtime > longAgo, 30_000);
    if (lock.acquired) lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is held at most once in one process, and is free after its release', async () => {
    const directory = testHome();
    const attempts = await Promise.all(
      Array.from({ length: 5 }, () => acquireLock(directory, 'run')),
    );
    const acquired = attempts.filter((attempt) => attempt.acquired);
    expect(acquired).toHaveLength(1);
    expect(lockHolder(directory, 'run')?.pid).toBe(process.pid);
    expect(lockHolder(directory, 'stop')).toBeUndefined();
    acquired[0]?.release();
    expect(lockHolder(directory, 'run')).toBeUndefined();
    expect((await acquireLock(directory, 'stop')).acquired).toBe(true);
    expect(lockHolder(directory, 'stop')?.pid).toBe(process.pid);
  });
});
