import { setTimeout as sleep } from 'node:timers/promises';

import { Failure } from '../../util/failure.js';
import { RunsElsewhere } from './elsewhere.js';
import { acquireLock } from './lock.js';
import { readStateFile } from './state.js';

/** How long to wait for an instance that is stopping; the deadlines of a stop are shorter. */
const stoppingMs = 60_000;

/** Another process runs or starts the instance. */
export class AlreadyRunning extends Failure {
  constructor(name: string, pid: number) {
    super(`instance "${name}" already runs (pid ${pid})`, { code: 'already_running' });
    this.name = 'AlreadyRunning';
  }
}

/**
 * Takes the lock of an instance to run it; waits while another process stops it.
 * @returns a function that releases the lock
 * @throws AlreadyRunning, RunsElsewhere
 */
export async function lockToRun(name: string, directory: string): Promise<() => void> {
  const deadline = performance.now() + stoppingMs;
  for (;;) {
    const lock = await acquireLock(directory, 'run');
    if (lock.acquired) return lock.release;
    // The state file is written after the lock is taken, and removed before it is released.
    const status = readStateFile(directory)?.status ?? 'stopping';
    const stopping = lock.rival.purpose === 'stop' || status === 'stopping';
    if (!stopping || performance.now() > deadline) {
      const { elsewhere, pid } = lock.rival;
      throw elsewhere ? new RunsElsewhere(name) : new AlreadyRunning(name, pid);
    }
    await sleep(50);
  }
}
