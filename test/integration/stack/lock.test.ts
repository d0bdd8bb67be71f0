import { describe, expect, it } from 'vitest';
import { acquireLock, lockHolder } from '../../../src/stack/instance/lock.js';
import { killNow, startScript, testHome } from './support/instances.js';

describe('the lock of an instance', () => {
  it('goes to one of 20 racing processes, and all others are told which', async () => {
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

  it('goes to one of 20 racing processes where its holder was killed', async () => {
    const directory = testHome();
    const { child } = await startScript('takeLock.js', [directory]);
    await killNow(child);
    const contenders = await Promise.all(
      Array.from({ length: 20 }, () => startScript('takeLock.js', [directory])),
    );
    expect(contenders.filter(({ line }) => line === 'acquired')).toHaveLength(1);
  });

  it('is held once within one process, and free again after its release', async () => {
    const directory = testHome();
    const attempts = await Promise.all(Array.from({ length: 5 }, () => acquireLock(directory, 'run')));
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
