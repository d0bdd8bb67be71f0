import { links, type Fault } from './fault.js';
import type { Random } from './random.js';

export interface ScheduledFault {
  /** Time from the start, in milliseconds. */
  readonly atMs: number;
  readonly fault: Fault;
}

export interface ScheduleOptions {
  readonly random: Random;
  /** The number of faults. */
  readonly faults: number;
  /** All faults start within this many milliseconds. */
  readonly withinMs: number;
  /** The processes that can be killed, paused and slowed. */
  readonly processes: readonly string[];
  /** The longest that a process is paused or a link is held, in milliseconds. */
  readonly longestMs: number;
}

/** Draws faults of every kind at random times; the same seed gives the same schedule. */
export function scheduleFaults(options: ScheduleOptions): ScheduledFault[] {
  const { random, faults, withinMs } = options;
  return Array.from({ length: faults }, () => ({
    atMs: random.between(0, withinMs),
    fault: drawFault(options),
  })).sort((a, b) => a.atMs - b.atMs);
}

function drawFault({ random, processes, longestMs }: ScheduleOptions): Fault {
  const kind = random.pick([
    ...(['kill', 'kill', 'kill', 'pause', 'pause', 'slow', 'cut', 'cut'] as const),
    ...(['half-close', 'truncate', 'truncate', 'refuse', 'hold', 'delay'] as const),
  ]);
  const ms = random.between(200, longestMs);
  const link = random.pick(links);
  const share = random.pick([0.3, 0.7, 1]);
  switch (kind) {
    case 'kill':
      return { kind, process: random.pick(processes) };
    case 'pause':
    case 'slow':
      return { kind, process: random.pick(processes), ms };
    case 'cut':
    case 'half-close':
      return { kind, link, share };
    case 'truncate':
      return { kind, link, share, bytes: random.between(0, 2_000) };
    case 'refuse':
    case 'hold':
      return { kind, link, ms };
    case 'delay':
      return { kind, link, ms, byMs: random.between(5, 200) };
  }
}
