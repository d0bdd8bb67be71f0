import { Observer } from '../../pipeline/observe/observer.js';
import type { Stores } from '../../pipeline/stores.js';
import { openLive } from '../../ui/live.js';
import { pipelineView } from '../../ui/pipelineView.js';
import { watchPipeline, type Watch } from '../../ui/watch.js';

import type { ProgressLines } from './progressLines.js';
import type { Target } from './target.js';

/** The live view of a target on stdout, which must be closed before anything else is printed. */
export interface TargetWatch extends Watch {
  /** Aborted when nobody reads stdout any more. */
  readonly readerGone: AbortSignal;
}

/** Problems that the view keeps. */
const keptProblems = 5;

/**
 * Shows a target's pipeline on stdout from now on.
 * @param progress where the target's instance tells what happens to it, which the view takes over
 */
export function watchTarget(stores: Stores, target: Target, progress?: ProgressLines): TargetWatch {
  const live = openLive(pipelineView, { stream: process.stdout });
  const observer = new Observer(stores);
  const watch = watchPipeline({
    live,
    title: `gamemetrics: ${target.title}`,
    addresses: addressesOf(target),
    snapshot: () => observer.snapshot(),
    processes: target.processes,
  });
  const problems: string[] = [];
  progress?.divert((line, type) => {
    // What goes well shows in the state of the processes.
    if (type !== 'restarting') return;
    problems.push(line);
    watch.set({ problems: problems.slice(-keptProblems) });
  });
  const close = async () => {
    progress?.divert(undefined);
    await watch.close();
  };
  return { ...watch, close, [Symbol.asyncDispose]: close, readerGone: live.readerGone };
}

/** Short enough for half a line, and without a password. */
function addressesOf({ url, endpoints: { kafka, postgres, redis } }: Target) {
  return [
    ...(url === undefined ? [] : [{ name: 'ingest', address: url }]),
    { name: 'kafka', address: kafka.brokers.join(',') },
    { name: 'postgres', address: `${postgres.host}:${postgres.port}/${postgres.database}` },
    { name: 'redis', address: `${redis.host}:${redis.port}` },
  ];
}
