import { readFileSync } from 'node:fs';

import type { ProcessState } from '../../src/stack/index.js';
import { isErrno } from '../../src/util/errno.js';

/** The memory of a process and its children at one time. */
interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** One run of a process, from its start to its end or the present. */
interface Life {
  readonly pid: number;
  readonly samples: Sample[];
}

export interface Growth {
  readonly name: string;
  /** Megabytes at the beginning: the median of three minutes after the warm-up. */
  readonly atBeginning: number;
  /** Megabytes at the end: the median of the last three minutes. */
  readonly atEnd: number;
}

const minuteMs = 60_000;
/** The period of a median, since the heap size varies with each garbage collection. */
const windowMs = 3 * minuteMs;

/** Watches the memory of processes; after a restart, a process is measured separately. */
export class MemoryWatch {
  readonly #lives = new Map<string, Life>();

  /** @param nowMs time of a monotonic clock, in milliseconds */
  note(processes: readonly ProcessState[], nowMs: number): void {
    for (const { name, pid } of processes) {
      if (pid === undefined) continue;
      const bytes = treeBytes(pid);
      if (bytes === 0) continue;
      const life = this.#lives.get(name);
      if (life?.pid === pid) life.samples.push({ atMs: nowMs, bytes });
      else this.#lives.set(name, { pid, samples: [{ atMs: nowMs, bytes }] });
    }
  }

  /** The current memory of each process in megabytes, in one line. */
  line(): string {
    return [...this.#lives]
      .map(([name, { samples }]) => `${name} ${megabytes(samples.at(-1)?.bytes ?? 0)}`)
      .join(', ');
  }

  /** The memory growth of the current run of each process, from `warmUpMinutes` after its start. */
  growth(warmUpMinutes: number): Growth[] {
    return [...this.#lives].flatMap(([name, { samples }]) => {
      const startMs = samples[0]?.atMs ?? 0;
      const endMs = samples.at(-1)?.atMs ?? 0;
      const beginMs = startMs + warmUpMinutes * minuteMs;
      // Too short for a beginning and an end.
      if (endMs < beginMs + 2 * windowMs) return [];
      const between = (from: number, to: number) =>
        megabytes(
          median(
            samples.filter(({ atMs }) => atMs >= from && atMs <= to).map(({ bytes }) => bytes),
          ),
        );
      return {
        name,
        atBeginning: between(beginMs, beginMs + windowMs),
        atEnd: between(endMs - windowMs, endMs),
      };
    });
  }
}

/** The memory of a process and its descendants; shared memory counts once (Pss). */
function treeBytes(pid: number): number {
  const own = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  return children.reduce((sum, child) => sum + treeBytes(Number(child)), Number(own ?? 0) * 1_024);
}

/** Empty if the process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return '';
    throw error;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}
