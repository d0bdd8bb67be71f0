import { sum, type GroupProgress } from './progress.js';
import type { Flow, GroupSnapshot, PartitionSnapshot } from './snapshot.js';

/** The groups' progress at one moment. */
export interface Reading {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly produced: number;
  readonly deadLetters: number;
  readonly groups: readonly GroupProgress[];
}

/** The rate at which a count grew between two readings; 0 without an earlier one. */
export function perSecond<R extends Reading>(
  now: R,
  before: R | undefined,
  count: (reading: R) => number | undefined,
): number {
  if (before === undefined || now.atMs <= before.atMs) return 0;
  const [current, previous] = [count(now), count(before)];
  if (current === undefined || previous === undefined) return 0;
  return (Math.max(0, current - previous) * 1_000) / (now.atMs - before.atMs);
}

/**
 * Computes a group's flow, by partition and in total.
 * @param last the previous reading, for the displayed rate
 * @param earlier a reading some seconds earlier, for smoothed rates
 */
export function groupFlow(
  { role, group, topic, processed, lag, partitions }: GroupProgress,
  now: Reading,
  last: Reading | undefined,
  earlier: Reading | undefined,
): Omit<GroupSnapshot, 'counted'> {
  const find = (reading: Reading) => reading.groups.find((each) => each.role === role);
  const flows = partitions.map((partition): PartitionSnapshot => ({
    ...partition,
    flow: partitionFlow(partition.partition),
  }));
  return {
    role,
    group,
    topic,
    processed,
    processedPerSecond: perSecond(now, last, (reading) => find(reading)?.processed),
    lag,
    skew: lag === 0 ? undefined : (Math.max(...flows.map((each) => each.lag)) * flows.length) / lag,
    flow: flowOf(
      lag,
      sum(flows.map(({ flow }) => flow.arrivalPerSecond)),
      sum(flows.map(({ flow }) => flow.drainPerSecond)),
    ),
    partitions: flows,
  };

  function partitionFlow(id: number): Flow {
    const at = (reading: Reading) =>
      find(reading)?.partitions.find((each) => each.partition === id);
    return flowOf(
      partitions.find((each) => each.partition === id)?.lag ?? 0,
      perSecond(now, earlier, (reading) => at(reading)?.logEnd),
      perSecond(now, earlier, (reading) => at(reading)?.stored),
    );
  }
}

function flowOf(lag: number, arrivalPerSecond: number, drainPerSecond: number): Flow {
  const net = drainPerSecond - arrivalPerSecond;
  const etaSeconds = lag === 0 ? 0 : net > 0 ? lag / net : undefined;
  return { arrivalPerSecond, drainPerSecond, etaSeconds };
}
