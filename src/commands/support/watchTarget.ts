import { Observer } from '../../pipeline/observe/observer.js';
import type { Stores } from '../../pipeline/stores.js';
import { openLive } from '../../ui/live.js';
import { pipelineView } from '../../ui/pipelineView.js';
import { watchPipeline, type Watch } from '../../ui/watch.js';

import type { Target } from './target.js';

/** The live view of a target on stdout, which must be closed before anything else is printed. */
export interface TargetWatch extends Watch {
  /** Aborted when nobody reads stdout any more. */
  readonly readerGone: AbortSignal;
}

/** Shows a target's pipeline on stdout from now on. */
export function watchTarget(stores: Stores, target: Target): TargetWatch {
  const live = openLive(pipelineView, { stream: process.stdout });
  const observer = new Observer(stores);
  const { kafka, postgres, redis } = target.endpoints;
  const watch = watchPipeline({
    live,
    title: `gamemetrics: ${target.title}`,
    addresses: [
      ...(target.url === undefined ? [] : [{ name: 'ingest', address: target.url }]),
      { name: 'kafka', address: kafka.brokers.join(',') },
      { name: 'postgres', address: `${postgres.host}:${postgres.port}/${postgres.database}` },
      { name: 'redis', address: `${redis.host}:${redis.port}` },
    ],
    snapshot: () => observer.snapshot(),
    processes: target.processes,
  });
  return { ...watch, readerGone: live.readerGone };
}
