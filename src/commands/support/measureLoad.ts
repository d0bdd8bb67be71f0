import { Failure } from '../../config/failure.js';
import { beginCheck, type LoadCheck } from '../../generators/check.js';
import { runLoad, type LoadOptions } from '../../generators/load.js';
import { OutcomeLog } from '../../generators/outcomes.js';
import type { LoadPlan } from '../../generators/plan.js';
import type { LoadSummary } from '../../generators/tally.js';
import type { Visible } from '../../generators/visibility.js';
import { waitDrained } from '../../pipeline/drained.js';
import { untilVisible } from '../../pipeline/observe/visibility.js';
import type { Stores } from '../../pipeline/stores.js';
import { openLive } from '../../ui/live.js';
import { loadView } from '../../ui/loadView.js';
import type { Interrupts } from './interrupts.js';

export interface MeasureOptions {
  readonly plan: LoadPlan;
  readonly url: string;
  /** What ingest may ask for. */
  readonly apiKey: string | undefined;
  readonly batch: number;
  readonly connections: number;
  /** Whether to show the load on stdout meanwhile. */
  readonly live: boolean;
  readonly interrupts: Interrupts;
}

/** What is done with the stores behind ingest, where they are known. */
export interface StoreMeasures {
  readonly stores: Stores;
  readonly visible: boolean;
  /** Whether to compare what the stores hold at the end with what is predicted. */
  readonly check: boolean;
  readonly drainTimeoutMs: number;
}

export interface MeasuredLoad {
  readonly summary: LoadSummary;
  readonly check?: LoadCheck;
  /** Why there is no check although one was asked for. */
  readonly unchecked?: Failure;
}

const visibleWithinMs = 10_000;

/** Sends a load; with stores, measures there how it arrives, and checks them once all has drained. */
export async function measureLoad(
  options: MeasureOptions,
  measures: StoreMeasures | undefined,
): Promise<MeasuredLoad> {
  const { plan, url, apiKey, batch, connections, interrupts } = options;
  const load = { ...plan, url, apiKey, batch, connections, killSignal: interrupts.kill };
  if (measures === undefined) return { summary: await send(load, options) };
  const { stores, visible, check, drainTimeoutMs } = measures;
  const outcomes = new OutcomeLog();
  const finish = check ? await beginCheck(stores, plan) : undefined;
  const probe = visible ? { visible: probeOf(stores) } : {};
  const summary = await send({ ...load, ...probe, outcomes }, options);
  // Who has pressed Ctrl-C wants to go.
  if (finish === undefined || isStopped(interrupts)) return { summary };
  try {
    await waitDrained(stores, { timeoutMs: drainTimeoutMs, signal: interrupts.stop });
    return { summary, check: await finish(outcomes, summary.retried) };
  } catch (error) {
    // What was sent and answered is worth a summary although the stores are slow.
    if (error instanceof Failure) return { summary, unchecked: error };
    if (isStopped(interrupts)) return { summary };
    throw error;
  }
}

function isStopped({ stop }: Interrupts): boolean {
  return stop.aborted;
}

/** Runs a load, with a live view on stdout; it ends too where nobody reads that any more. */
async function send(
  load: Omit<LoadOptions, 'signal'>,
  { live, interrupts: { stop } }: MeasureOptions,
): Promise<LoadSummary> {
  if (!live) return runLoad({ ...load, signal: stop });
  await using view = openLive(loadView, { stream: process.stdout });
  return await runLoad({
    ...load,
    signal: AbortSignal.any([stop, view.readerGone]),
    onProgress: (progress) => view.update(progress),
  });
}

/** Whether PostgreSQL and Redis show an event; a sample that takes longer is missed. */
function probeOf(stores: Stores): Visible {
  return (event, signal) => {
    const late = AbortSignal.timeout(visibleWithinMs);
    return untilVisible(stores, event, AbortSignal.any([signal, late]));
  };
}
