import type { LoadProgress } from '../generators/tally.js';
import type { PipelineSnapshot } from '../pipeline/observe/snapshot.js';

/** What the pipeline's live view shows at one moment. */
export interface PipelineFrame {
  /** Such as `gamemetrics default (embedded)`. */
  readonly title: string;
  readonly addresses: readonly { readonly name: string; readonly address: string }[];
  readonly snapshot: PipelineSnapshot | undefined;
  /** How long the next snapshot has been waited for, where that is unusual; seconds. */
  readonly waitingSeconds?: number | undefined;
  readonly rates: RateHistory;
  readonly processes: readonly ProcessStatus[];
  /** A load that is being sent, if one is. */
  readonly load?: LoadProgress;
  /** What went wrong beside the snapshot's own problems, the newest last. */
  readonly problems: readonly string[];
}

export interface ProcessStatus {
  readonly name: string;
  readonly state: 'starting' | 'ready' | 'restarting' | 'failed' | 'stopped';
  readonly restarts: number;
}

/** Events a second by stage (`ingest`, then each group's role), the newest last. */
export type RateHistory = ReadonlyMap<string, readonly number[]>;

/** Samples kept of each stage: as many as a wide terminal can draw. */
const keptSamples = 120;

/** The history with a snapshot's rates added. */
export function addRates(history: RateHistory, snapshot: PipelineSnapshot): RateHistory {
  const rates: [string, number][] = [
    ['ingest', snapshot.producedPerSecond],
    ...snapshot.groups.map((group): [string, number] => [group.role, group.processedPerSecond]),
  ];
  return new Map(
    rates.map(([stage, rate]) => [
      stage,
      [...(history.get(stage) ?? []), rate].slice(-keptSamples),
    ]),
  );
}

/** All that is wrong, in words, the newest last. */
export function problemsOf({ snapshot, waitingSeconds, problems }: PipelineFrame): string[] {
  const waiting =
    waitingSeconds === undefined ? [] : [`the stores do not answer, for ${waitingSeconds} s now`];
  return [...new Set([...(snapshot?.problems ?? []), ...problems, ...waiting])];
}
