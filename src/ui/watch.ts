import { setTimeout as delay } from 'node:timers/promises';

import type { PipelineSnapshot } from '../pipeline/observe/snapshot.js';

import { addRates, type PipelineFrame, type ProcessStatus } from './frame.js';
import type { Live } from './live.js';

/** A live view that is fed: the numbers by themselves, the rest by `set`. */
export interface Watch extends AsyncDisposable {
  /** Changes what is not read at each interval. */
  set(change: Partial<Pick<PipelineFrame, 'load' | 'problems'>>): void;
  /**
   * Shows one last snapshot, stops, and closes the view.
   * @throws what `snapshot` threw
   */
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

/** Shows the pipeline in a live view. */
export function watchPipeline(options: WatchOptions): Watch {
  const { live, title, addresses, snapshot, processes, intervalMs = 1000 } = options;
  const stopping = new AbortController();
  let frame: PipelineFrame = {
    title,
    addresses,
    snapshot: undefined,
    rates: new Map(),
    processes: processes(),
    problems: [],
  };
  const show = (change: Partial<PipelineFrame>) => {
    frame = { ...frame, ...change };
    live.update(frame);
  };
  const take = async () => {
    const taken = await snapshot();
    show({ snapshot: taken, rates: addRates(frame.rates, taken), processes: processes() });
  };
  const watched = (async () => {
    while (!stopping.signal.aborted) {
      await take();
      await pause(intervalMs, stopping.signal);
    }
    await take();
  })();
  // It is thrown by close(); until then it must not count as unhandled.
  watched.catch(() => stopping.abort());
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= (async () => {
      stopping.abort();
      try {
        await watched;
      } finally {
        await live.close();
      }
    })();
    return closed;
  };
  show({});
  return { set: show, close, [Symbol.asyncDispose]: close };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
