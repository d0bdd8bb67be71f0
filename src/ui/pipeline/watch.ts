import type { PipelineSnapshot } from '../../pipeline/observe/snapshot.js';
import { deferred } from '../../util/deferred.js';
import { pause } from '../../util/pause.js';
import type { Live } from '../terminal/live.js';
import { withErrors, withSnapshot, type PipelineFrame, type ProcessStatus } from './frame.js';

/** A live view of the pipeline. It polls the snapshots itself; `set` supplies the rest. */
export interface Watch extends AsyncDisposable {
  /** Changes the parts of the frame that are not polled. */
  set(change: Partial<Pick<PipelineFrame, 'load' | 'problems'>>): void;
  /** Changes parts of the current snapshot, until the next one replaces it. */
  amend(change: Partial<PipelineSnapshot>): void;
  /** Takes and shows one more snapshot now, so that the final state stays on the screen. */
  refresh(): Promise<void>;
  /** Aborted when the reader of the view goes away. */
  readonly readerGone: AbortSignal;
  /** Rejects with the error that `snapshot` or the view threw, which is a bug; never resolves. */
  readonly failed: Promise<never>;
  /** Closes the view, without waiting for a pending snapshot. Idempotent. */
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly live: Live<PipelineFrame>;
  readonly title: string;
  readonly addresses: PipelineFrame['addresses'];
  /** Reads the pipeline's state; a store that cannot be read is one of the snapshot's problems. */
  readonly snapshot: () => Promise<PipelineSnapshot>;
  /** The current state of the instance's processes. */
  readonly processes: () => readonly ProcessStatus[];
  /** The pause between two snapshots; 1000 by default. */
  readonly intervalMs?: number;
}

/** The view reports a snapshot that takes longer than this. */
const patienceSeconds = 2;

/** Shows the pipeline in a live view. */
export function watchPipeline(options: WatchOptions): Watch {
  const { live, title, addresses, snapshot, processes, intervalMs = 1000 } = options;
  const stopping = new AbortController();
  let frame: PipelineFrame = {
    title,
    addresses,
    snapshot: undefined,
    rates: new Map(),
    lags: new Map(),
    processes: processes(),
    problems: [],
    errors: [],
  };
  const show = (change: Partial<PipelineFrame>) => {
    frame = withErrors({ ...frame, ...change }, frame, new Date().toISOString());
    if (!stopping.signal.aborted) live.update(frame);
  };
  const amend = (change: Partial<PipelineSnapshot>) => {
    if (frame.snapshot !== undefined) show({ snapshot: { ...frame.snapshot, ...change } });
  };
  const refresh = async () => {
    const begin = performance.now();
    const waiting = setInterval(() => {
      const waitingSeconds = Math.round((performance.now() - begin) / 1000);
      if (waitingSeconds >= patienceSeconds) show({ waitingSeconds, processes: processes() });
    }, intervalMs);
    try {
      const taken = await snapshot();
      show({ ...withSnapshot(frame, taken), processes: processes() });
    } finally {
      clearInterval(waiting);
    }
  };
  const failed = deferred<never>();
  live.failed?.catch(failed.reject);
  const watch = async () => {
    try {
      while (!stopping.signal.aborted) {
        await refresh();
        await pause(intervalMs, stopping.signal);
      }
    } catch (error) {
      // A snapshot that was pending when the view closed may fail on closed connections.
      if (!stopping.signal.aborted) failed.reject(error);
    }
  };
  const close = async () => {
    stopping.abort();
    await live.close();
  };
  show({});
  void watch();
  return {
    set: show,
    amend,
    refresh,
    readerGone: live.readerGone,
    failed: failed.promise,
    close,
    [Symbol.asyncDispose]: close,
  };
}
