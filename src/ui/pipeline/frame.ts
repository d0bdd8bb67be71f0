import type { LoadProgress } from '../../load/tally.js';
import type { PipelineSnapshot } from '../../pipeline/observe/snapshot.js';

/** What the pipeline's live view shows at one moment. */
export interface PipelineFrame {
  /** Such as `gamemetrics default (embedded)`. */
  readonly title: string;
  readonly addresses: readonly { readonly name: string; readonly address: string }[];
  readonly snapshot: PipelineSnapshot | undefined;
  /** How long the next snapshot has been waited for, where that is unusual; seconds. */
  readonly waitingSeconds?: number | undefined;
  /** Events a second by stage (`ingest`, each group's role, `dead letters`). */
  readonly rates: History;
  /** The lag by group's role. */
  readonly lags: History;
  readonly processes: readonly ProcessStatus[];
  /** A load that is being sent, if one is. */
  readonly load?: LoadProgress;
  /** What went wrong beside the snapshot's own problems, the newest last. */
  readonly problems: readonly string[];
  /** What went wrong so far, also where it is well again; the newest last. */
  readonly errors: readonly ErrorEntry[];
}

interface ErrorEntry {
  /** RFC 3339; when it was first seen. */
  readonly at: string;
  readonly text: string;
}

export interface ProcessStatus {
  readonly name: string;
  readonly state: 'starting' | 'ready' | 'restarting' | 'failed' | 'stopped';
  readonly restarts: number;
}

/** Samples by name, the newest last. */
type History = ReadonlyMap<string, readonly number[]>;

/** Samples kept: as many as a wide terminal can draw. */
const keptSamples = 160;
const keptErrors = 50;

/** The frame with a new snapshot, and its rates and lags added to the histories. */
export function withSnapshot(frame: PipelineFrame, snapshot: PipelineSnapshot): PipelineFrame {
  const { producedPerSecond, deadLettersPerSecond, groups } = snapshot;
  return {
    ...frame,
    snapshot,
    waitingSeconds: undefined,
    rates: addSamples(frame.rates, [
      ['ingest', producedPerSecond],
      ...groups.map(({ role, processedPerSecond }) => [role, processedPerSecond] as const),
      ['dead letters', deadLettersPerSecond],
    ]),
    lags: addSamples(
      frame.lags,
      groups.map(({ role, lag }) => [role, lag]),
    ),
  };
}

function addSamples(
  history: History,
  samples: readonly (readonly [name: string, value: number])[],
): History {
  return new Map(
    samples.map(([name, value]) => [
      name,
      [...(history.get(name) ?? []), value].slice(-keptSamples),
    ]),
  );
}

/** The frame, with what is wrong in it but was not in the one before added to its errors. */
export function withErrors(frame: PipelineFrame, before: PipelineFrame, at: string): PipelineFrame {
  const known = new Set(problemsOf({ ...before, waitingSeconds: undefined }));
  const fresh = problemsOf({ ...frame, waitingSeconds: undefined }).filter(
    (problem) => !known.has(problem),
  );
  if (fresh.length === 0) return frame;
  const errors = [...frame.errors, ...fresh.map((text) => ({ at, text }))].slice(-keptErrors);
  return { ...frame, errors };
}

/** All that is wrong, in words, the newest last. */
export function problemsOf({ snapshot, waitingSeconds, problems }: PipelineFrame): string[] {
  const waiting =
    waitingSeconds === undefined ? [] : [`the stores do not answer, for ${waitingSeconds} s now`];
  return [...new Set([...(snapshot?.problems ?? []), ...problems, ...waiting])];
}

/** What is wrong in a frame and was not in the one that was shown before it. */
export function newProblems(frame: PipelineFrame, previous: PipelineFrame | undefined): string[] {
  const before = new Set(previous === undefined ? [] : problemsOf(previous));
  return problemsOf(frame).filter((problem) => !before.has(problem));
}
