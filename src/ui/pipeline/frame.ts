import type { LoadProgress } from '../../load/tally.js';
import type { PipelineSnapshot } from '../../pipeline/observe/snapshot.js';

/** What the pipeline's live view shows at one moment. */
export interface PipelineFrame {
  /** A title such as `gamemetrics default (embedded)`. */
  readonly title: string;
  readonly addresses: readonly { readonly name: string; readonly address: string }[];
  readonly snapshot: PipelineSnapshot | undefined;
  /** How long the next snapshot has been pending, in seconds; set if that is unusually long. */
  readonly waitingSeconds?: number | undefined;
  /** Events per second by stage (`ingest`, each group's role, `dead letters`). */
  readonly rates: History;
  /** The lag by the group's role. */
  readonly lags: History;
  readonly processes: readonly ProcessStatus[];
  /** The load that is being sent, if any. */
  readonly load?: LoadProgress;
  /** Problems other than those of the snapshot, newest last. */
  readonly problems: readonly string[];
  /** All problems so far, including resolved ones, newest last. */
  readonly errors: readonly ErrorEntry[];
}

interface ErrorEntry {
  /** When it was first seen (RFC 3339). */
  readonly at: string;
  readonly text: string;
}

export interface ProcessStatus {
  readonly name: string;
  readonly state: 'starting' | 'ready' | 'restarting' | 'failed' | 'stopped';
  readonly restarts: number;
}

/** Samples by name, newest last. */
type History = ReadonlyMap<string, readonly number[]>;

/** Samples kept: as many as a wide terminal can show. */
const keptSamples = 160;
const keptErrors = 50;

/** Puts a new snapshot into a frame, and adds its rates and lags to the histories. */
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

/** Adds the problems that are new since the frame before to the errors. @param at RFC 3339 */
export function withErrors(frame: PipelineFrame, before: PipelineFrame, at: string): PipelineFrame {
  const known = new Set(problemsOf({ ...before, waitingSeconds: undefined }));
  const fresh = problemsOf({ ...frame, waitingSeconds: undefined }).filter(
    (problem) => !known.has(problem),
  );
  if (fresh.length === 0) return frame;
  const errors = [...frame.errors, ...fresh.map((text) => ({ at, text }))].slice(-keptErrors);
  return { ...frame, errors };
}

/** All current problems as text, newest last. */
export function problemsOf({ snapshot, waitingSeconds, problems }: PipelineFrame): string[] {
  const waiting =
    waitingSeconds === undefined ? [] : [`the stores have not answered for ${waitingSeconds} s`];
  return [...new Set([...(snapshot?.problems ?? []), ...problems, ...waiting])];
}

/** The problems of a frame that the frame shown before it did not have. */
export function newProblems(frame: PipelineFrame, previous: PipelineFrame | undefined): string[] {
  const before = new Set(previous === undefined ? [] : problemsOf(previous));
  return problemsOf(frame).filter((problem) => !before.has(problem));
}
