import { setMaxListeners } from 'node:events';

import { planLoad, type LoadPlan, type PlanOptions } from '../generators/plan.js';
import type { LoadItem } from '../generators/stream.js';
import { pause } from '../util/pause.js';
import { IngestClient, type DeliveryOptions, type Outcome } from './client.js';
import type { OutcomeLog } from './outcomes.js';
import { LoadSource } from './source.js';
import { LoadTally, type LoadProgress, type LoadSummary } from './tally.js';
import { TroubleTally } from './troubleTally.js';
import { VisibilitySampler, type Visible } from './visibility.js';

/** The options of a load: its plan, of which only the seed is required, and how it is sent. */
export type LoadOptions = PlanOptions & Sending;

interface Sending {
  /** The address of the ingest server, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The API key, if ingest requires one. */
  readonly apiKey?: string | undefined;
  /** Maximum number of concurrent requests. Default 32. */
  readonly connections?: number;
  /** Events per request. Default 1. */
  readonly batch?: number;
  /** How long an event is retried while ingest is down or full, in milliseconds. Default 30 s. */
  readonly deadlineMs?: number;
  /** Ends the load early; requests in flight are still counted. */
  readonly signal: AbortSignal;
  /** Aborts requests in flight immediately. */
  readonly killSignal?: AbortSignal;
  /** Called every 250 ms, and once at the end. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Waits until the stores show an event; called for a sample of the events. */
  readonly visible?: Visible;
  /** Records the outcome of each event. */
  readonly outcomes?: OutcomeLog;
}

const defaults = { connections: 32, batch: 1, deadlineMs: 30_000 } as const;
const progressMs = 250;
/** How long requests in flight may still be answered after the load ended early. */
const graceMs = 2_000;
/** Just below the maximum delay of a Node.js timer. */
const maxTimerMs = 2 ** 30;

/**
 * Sends a load to an ingest server and waits for every response. It ends early on the signal, or
 * when an event cannot be delivered within its deadline, since the server is then down.
 * Latency is measured from the due time of an event, so that it includes the wait before a request
 * (no coordinated omission); a batch is due when its last event is.
 */
export async function runLoad(options: LoadOptions): Promise<LoadSummary> {
  const { onProgress, killSignal } = options;
  const plan = planLoad(options);
  const signal = AbortSignal.any([options.signal]);
  // Each waiting connection adds a listener.
  setMaxListeners(0, signal);
  const connections = options.connections ?? defaults.connections;
  const client = new IngestClient(options.url, connections, options.apiKey);
  const source = new LoadSource(plan);
  const tally = new LoadTally(plan.seed, source.events(0));
  const trouble = new TroubleTally();
  const sampler = options.visible && new VisibilitySampler(options.visible, signal);
  const report = () => {
    tally.counted(source.events(performance.now() - tally.startedMs));
    onProgress?.(tally.progress());
  };
  const ticker = setInterval(report, progressMs);
  let grace: NodeJS.Timeout | undefined;
  const kill = () => void client.close();
  const killAfterGrace = () => (grace = setTimeout(kill, graceMs));
  signal.addEventListener('abort', killAfterGrace, { once: true });
  killSignal?.addEventListener('abort', kill, { once: true });
  try {
    const load = { ...options, signal, source, client, tally, trouble, sampler };
    await Promise.all(Array.from({ length: connections }, connectionOf(load)));
    const visible = await sampler?.finish();
    report();
    return {
      ...tally.summary(),
      ...(visible === undefined ? {} : { visible }),
      ...(isTroubled(plan) ? { trouble: trouble.counts() } : {}),
    };
  } finally {
    signal.removeEventListener('abort', killAfterGrace);
    killSignal?.removeEventListener('abort', kill);
    clearTimeout(grace);
    clearInterval(ticker);
    await client.close();
  }
}

function isTroubled({ trouble }: LoadPlan): boolean {
  return (['duplicates', 'invalid', 'late'] as const).some((kind) => trouble[kind] > 0);
}

interface Load extends Sending {
  readonly source: LoadSource;
  readonly client: IngestClient;
  readonly tally: LoadTally;
  readonly trouble: TroubleTally;
  readonly sampler: VisibilitySampler | undefined;
}

/** The loop of each connection: takes the next events, waits until they are due and sends them. */
function connectionOf(load: Load): () => Promise<void> {
  const { batch = defaults.batch, signal, source, client, tally } = load;
  let undeliverable = false;
  return async () => {
    while (!undeliverable && !signal.aborted) {
      const items = source.take(batch, performance.now() - tally.startedMs);
      const last = items.at(-1);
      if (last === undefined) return;
      const dueMs = last.dueMs === undefined ? performance.now() : tally.startedMs + last.dueMs;
      if (!(await until(dueMs, signal))) return;
      tally.sent(items.length);
      const outcomes = await deliver(client, items, {
        deadlineMs: load.deadlineMs ?? defaults.deadlineMs,
        signal,
        onRetry: (reason) => tally.retried(items.length, reason),
      });
      tally.answered(outcomes, dueMs);
      record(load, items, outcomes, dueMs);
      undeliverable ||= outcomes.some((outcome) => outcome.kind === 'failed');
    }
  };
}

function record(
  load: Load,
  items: readonly LoadItem[],
  outcomes: readonly Outcome[],
  dueMs: number,
): void {
  load.trouble.answered(items, outcomes);
  for (const [at, { event, index, kind }] of items.entries()) {
    const outcome = outcomes[at];
    if (outcome === undefined) continue;
    load.outcomes?.set(index, outcome.kind);
    // A duplicate may already be visible.
    if (outcome.kind === 'accepted' && kind !== 'duplicate') load.sampler?.offer(event, dueMs);
  }
}

async function deliver(
  client: IngestClient,
  items: readonly LoadItem[],
  options: DeliveryOptions,
): Promise<readonly Outcome[]> {
  const jsons = items.map(({ json }) => json);
  const [only] = jsons;
  return jsons.length === 1 && only !== undefined
    ? [await client.sendOne(only, options)]
    : client.sendBatch(jsons, options);
}

/** Waits until a time of the monotonic clock. @returns false if the signal was aborted first */
async function until(atMs: number, signal: AbortSignal): Promise<boolean> {
  for (let leftMs = atMs - performance.now(); leftMs > 0; leftMs = atMs - performance.now()) {
    if (!(await pause(Math.min(Math.ceil(leftMs), maxTimerMs), signal))) return false;
  }
  return !signal.aborted;
}
