import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Instance, ProcessState } from '../../src/stack/index.js';
import { signalProcess } from '../../src/stack/process/identity.js';
import { isErrno } from '../../src/util/errno.js';

/** In each cycle of {@link ProcessFaults.slow}, the process is stopped for the first part. */
const slowTurn = { stoppedMs: 180, runningMs: 20 } as const;

/** Sends signals only to the processes of the given instances. */
export class ProcessFaults {
  readonly #instances: readonly Instance[];

  constructor(instances: readonly Instance[]) {
    this.#instances = instances;
  }

  /** The states of the supervised processes. */
  states(): ProcessState[] {
    return this.#instances.flatMap((instance) => instance.state().processes);
  }

  /** Sends SIGKILL. @returns whether the process was running */
  kill(name: string): boolean {
    return this.#signal(name, 'SIGKILL');
  }

  /** Sends SIGSTOP, also to its children. @returns whether the process was running */
  pause(name: string): boolean {
    return this.#signal(name, 'SIGSTOP');
  }

  /** Sends SIGCONT, also to its children. @returns whether the process was running */
  resume(name: string): boolean {
    return this.#signal(name, 'SIGCONT');
  }

  /** Lets a process run for a tenth of the time, for `ms` milliseconds or until the signal. */
  async slow(name: string, forMs: number, signal: AbortSignal): Promise<void> {
    const endMs = performance.now() + forMs;
    try {
      while (performance.now() < endMs && !signal.aborted) {
        this.pause(name);
        await sleep(slowTurn.stoppedMs);
        this.resume(name);
        await sleep(slowTurn.runningMs);
      }
    } finally {
      this.resume(name);
    }
  }

  /** Resumes all processes. */
  heal(): void {
    for (const { name } of this.states()) this.resume(name);
  }

  #signal(name: string, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): boolean {
    const state = this.states().find((process) => process.name === name);
    if (state === undefined) throw new Error(`no process ${name}`);
    const { pid, startTime } = state;
    if (pid === undefined || startTime === undefined) return false;
    const sent = signalProcess({ pid, startTime }, signal);
    if (sent && signal !== 'SIGKILL') {
      for (const child of childrenOf(pid)) signalChild(child, signal);
    }
    return sent;
  }
}

/** PostgreSQL works in child processes with their own process groups, which need the signal too. */
function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return [];
    throw error;
  }
}

function signalChild(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}
