import type { PipelineSnapshot } from '../../pipeline/observe/snapshot.js';
import { deferred } from '../../util/deferred.js';
import { pause } from '../../util/pause.js';
import type { Live } from '../terminal/live.js';
import { withErrors, withSnapshot, type PipelineFrame, type ProcessStatus } from './frame.js';

/** A live view that is fed: the numbers by themselves, the rest by `set`. */
export interface Watch extends AsyncDisposable {
  /** Changes what is not read at each interval. */
  set(change: Partial<Pick<PipelineFrame, 'load' | 'problems'>>): void;
  /** Changes parts of the snapshot that is shown, until the next one. */
  amend(change: Partial<PipelineSnapshot>): void;
  /** Takes and shows one more snapshot now: the state that stays on the screen. */
  refresh(): Promise<void>;
  /** Aborted when nobody reads the view any more. */
  readonly readerGone: AbortSignal;
  /** Rejects with what `snapshot` or the view threw, which is a bug; it never resolves. */
  readonly failed: Promise<never>;
  /** Stops and closes the view, without waiting for a snapshot under way. May be repeated. */
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly live: Live<PipelineFrame>;
  readonly title: string;
  readonly addresses: PipelineFrame['addresses'];
  /** Reads the pipeline's state; its own problems are in what it returns. */
  readonly snapshot: () => Promise<PipelineSnapshot>;
  /** The instance's processes as they are now. */
  readonly processes: () => readonly ProcessStatus[];
  /** Between two snapshots; a second when left out. */
  readonly intervalMs?: number;
}

/** A snapshot that takes longer is told. */
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
      // One that was under way when the view closed may find its connections closed.
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
