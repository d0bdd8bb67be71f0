import { setMaxListeners } from 'node:events';

import { IngestClient, type DeliveryOptions, type Outcome } from './client.js';
import { createEventStream, type GeneratedEvent } from './events.js';
import { pause } from './pause.js';
import { constantRate } from './schedule.js';
import { LoadTally, type LoadProgress, type LoadSummary } from './tally.js';
import { VisibilitySampler, type Visible } from './visibility.js';

export interface LoadOptions {
  /** The ingest server's address, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Events to send, exactly. */
  readonly count: number;
  /** Events a second; 0: as fast as it goes. */
  readonly rate: number;
  readonly seed: number;
  /** Most requests under way at once. Default 32. */
  readonly connections?: number;
  /** Events a request. Default 1. */
  readonly batch?: number;
  /** How long an event is tried again while ingest is away or full, in milliseconds. Default 30 s. */
  readonly deadlineMs?: number;
  /** Ends the load early; what is under way is still counted. */
  readonly signal: AbortSignal;
  /** Called every 250 ms, and once at the end. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Asked for a sample of the events: how long until the stores show them? */
  readonly visible?: Visible;
}

const defaults = { connections: 32, batch: 1, deadlineMs: 30_000 } as const;
const progressMs = 250;
/** After an early end, what is under way gets this long to be answered. */
const graceMs = 2_000;
/** The longest that a Node timer waits, roughly. */
const timerMs = 2 ** 30;

/**
 * Sends a load to an ingest server and waits for every answer. It ends early on the signal, and
 * once an event could not be delivered within its deadline: then nobody is there.
 * Latency counts from when an event was due, so that a slow server cannot hide in the wait before
 * a request (no coordinated omission); a batch is due when its last event is.
 */
export async function runLoad(options: LoadOptions): Promise<LoadSummary> {
  const { count, seed, rate, onProgress } = options;
  const signal = AbortSignal.any([options.signal]);
  // Each connection that waits listens to it.
  setMaxListeners(0, signal);
  const connections = options.connections ?? defaults.connections;
  const client = new IngestClient(options.url, connections);
  const stepMs = rate === 0 ? 0 : 1_000 / rate;
  const events = createEventStream({ seed, startMs: Date.now(), stepMs });
  const tally = new LoadTally(seed, count);
  const sampler = options.visible && new VisibilitySampler(options.visible, signal);
  const ticker = setInterval(() => onProgress?.(tally.progress()), progressMs);
  let grace: NodeJS.Timeout | undefined;
  const giveUp = () => (grace = setTimeout(() => void client.close(), graceMs));
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const load = { ...options, signal, events, client, tally, sampler };
    await Promise.all(Array.from({ length: connections }, connectionOf(load)));
    const visible = await sampler?.finish();
    return { ...tally.summary(), ...(visible === undefined ? {} : { visible }) };
  } finally {
    signal.removeEventListener('abort', giveUp);
    clearTimeout(grace);
    clearInterval(ticker);
    onProgress?.(tally.progress());
    await client.close();
  }
}

interface Load extends LoadOptions {
  readonly events: Iterator<GeneratedEvent, never>;
  readonly client: IngestClient;
  readonly tally: LoadTally;
  readonly sampler: VisibilitySampler | undefined;
}

/** What each connection does: takes the next events, waits until they are due, sends them. */
function connectionOf(load: Load): () => Promise<void> {
  const { count, batch = defaults.batch, signal, client, tally, sampler } = load;
  const due = constantRate(load.rate);
  let taken = 0;
  let undeliverable = false;
  return async () => {
    while (taken < count && !undeliverable) {
      const chunk = takeFrom(load.events, Math.min(batch, count - taken));
      taken += chunk.length;
      const dueAt = due(taken - 1);
      const dueMs = dueAt === undefined ? performance.now() : tally.startedMs + dueAt;
      if (!(await until(dueMs, signal))) return;
      tally.sent(chunk.length);
      const outcomes = await deliver(client, chunk, {
        deadlineMs: load.deadlineMs ?? defaults.deadlineMs,
        signal,
        onRetry: (reason) => tally.retried(chunk.length, reason),
      });
      tally.answered(outcomes, dueMs);
      for (const [index, event] of chunk.entries()) {
        if (outcomes[index]?.kind === 'accepted') sampler?.offer(event);
      }
      undeliverable ||= outcomes.some((outcome) => outcome.kind === 'failed');
    }
  };
}

async function deliver(
  client: IngestClient,
  events: readonly GeneratedEvent[],
  options: DeliveryOptions,
): Promise<readonly Outcome[]> {
  const jsons = events.map((event) => JSON.stringify(event));
  const [only] = jsons;
  return jsons.length === 1 && only !== undefined
    ? [await client.sendOne(only, options)]
    : client.sendBatch(jsons, options);
}

function takeFrom<T>(source: Iterator<T, never>, count: number): T[] {
  return Array.from({ length: count }, () => source.next().value);
}

/** Waits until an instant of the monotonic clock. @returns false where the signal came first */
async function until(atMs: number, signal: AbortSignal): Promise<boolean> {
  for (let leftMs = atMs - performance.now(); leftMs > 0; leftMs = atMs - performance.now()) {
    if (!(await pause(Math.min(Math.ceil(leftMs), timerMs), signal))) return false;
  }
  return !signal.aborted;
}
