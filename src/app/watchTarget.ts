import { redisName } from '../config/endpoints.js';
import { Observer } from '../pipeline/observe/observer.js';
import type { Selection } from '../pipeline/observe/snapshot.js';
import type { Stores } from '../pipeline/runtime/stores.js';
import type { PipelineFrame } from '../ui/pipeline/frame.js';
import { pipelineView } from '../ui/pipeline/pipelineView.js';
import { watchPipeline, type Watch } from '../ui/pipeline/watch.js';
import { openLive, type Live } from '../ui/terminal/live.js';
import type { ProgressLines } from './progressLines.js';
import type { Target } from './target.js';

export interface TargetWatchOptions {
  /** Progress lines of the target's instance, which the view takes over while it is open. */
  readonly progress?: ProgressLines | undefined;
  /**
   * Opens the view; by default the pipeline at a glance on stdout.
   * @param select called with what the user wants to see from now on
   */
  readonly open?: (select: (selection: Selection) => void) => Live<PipelineFrame>;
}

/** Problems that the view keeps. */
const keptProblems = 5;

/** Shows a target's pipeline until it is closed, which must precede any other output. */
export function watchTarget(
  stores: Stores,
  target: Target,
  { progress, open = () => openLive(pipelineView, { stream: process.stdout }) }: TargetWatchOptions,
): Watch {
  const observer = new Observer(stores, () => metricsUrls(target));
  const live = open((selection) => {
    observer.select(selection);
    void observer.selected().then((change) => watch.amend(change));
  });
  const watch = watchPipeline({
    live,
    title: `gamemetrics: ${target.title}`,
    addresses: addressesOf(target),
    snapshot: () => observer.snapshot(),
    processes: target.processes,
  });
  const problems: string[] = [];
  progress?.divert((line, type) => {
    // Other progress shows in the state of the processes.
    if (type !== 'restarting') return;
    problems.push(line);
    watch.set({ problems: problems.slice(-keptProblems) });
  });
  const close = async () => {
    progress?.divert(undefined);
    await watch.close();
  };
  return { ...watch, close, [Symbol.asyncDispose]: close };
}

/** Base URLs that serve metrics: the ready role processes or, for external services, ingest. */
export function metricsUrls({ processes, url }: Target): string[] {
  const known = processes();
  if (known.length === 0) return url === undefined ? [] : [url];
  return known.flatMap((each) =>
    each.roles.length > 0 && each.state === 'ready' && each.url !== undefined ? [each.url] : [],
  );
}

/** Short enough for half a line, and without a password. */
function addressesOf({ url, endpoints: { kafka, postgres, redis } }: Target) {
  return [
    ...(url === undefined ? [] : [{ name: 'ingest', address: url }]),
    { name: 'kafka', address: kafka.brokers.join(',') },
    { name: 'postgres', address: `${postgres.host}:${postgres.port}/${postgres.database}` },
    { name: 'redis', address: redisName(redis) },
  ];
}
