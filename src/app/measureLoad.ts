import type { LoadPlan } from '../generators/plan.js';
import { OutcomeLog } from '../load/outcomes.js';
import { runLoad, type LoadOptions } from '../load/runner.js';
import { beginCheck, type LoadCheck } from '../load/storeCheck.js';
import type { LoadSummary } from '../load/tally.js';
import type { Visible } from '../load/visibility.js';
import type { Stores } from '../pipeline/runtime/stores.js';
import { waitDrained, waitForCut, type Remaining } from '../pipeline/waiting/drained.js';
import { untilVisible } from '../pipeline/waiting/visible.js';
import { loadView } from '../ui/load/loadView.js';
import { openLive } from '../ui/terminal/live.js';
import { groupedNumber } from '../ui/terminal/text.js';
import { Failure } from '../util/failure.js';
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
  /** Told in a line what is waited for. */
  readonly tell: (line: string) => void;
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
const quietMs = 1_000;

/** Sends a load; with stores, measures there how it arrives, and checks them once all has drained. */
export async function measureLoad(
  options: MeasureOptions,
  measures: StoreMeasures | undefined,
): Promise<MeasuredLoad> {
  const { plan, url, apiKey, batch, connections, tell, interrupts } = options;
  const load = { ...plan, url, apiKey, batch, connections, killSignal: interrupts.kill };
  if (measures === undefined) return { summary: await send(load, options) };
  const { stores, visible, check, drainTimeoutMs } = measures;
  const outcomes = new OutcomeLog();
  const waiting = { timeoutMs: drainTimeoutMs, signal: interrupts.stop };
  const finish = check
    ? await attempt(interrupts, async () => {
        // What was under way before is not what this load adds.
        await waitForCut(stores, { ...waiting, onProgress: tellOnce(tell) });
        return beginCheck(stores, plan);
      })
    : undefined;
  const probe = visible ? { visible: probeOf(stores) } : {};
  const summary = await send({ ...load, ...probe, outcomes }, options);
  // Who has pressed Ctrl-C wants to go.
  if (finish === undefined || isStopped(interrupts)) return { summary };
  if (finish instanceof Failure) return { summary, unchecked: finish };
  const checked = await attempt(interrupts, async () => {
    await waitDrained(stores, waiting);
    return finish(outcomes, summary.retried);
  });
  if (checked instanceof Failure) return { summary, unchecked: checked };
  return { summary, ...(checked && { check: checked }) };
}

/**
 * What was sent and answered is worth a summary although the stores are slow.
 * @returns what `work` does, its Failure, or undefined where the user asked to stop
 */
async function attempt<T>(
  interrupts: Interrupts,
  work: () => Promise<T>,
): Promise<T | Failure | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) return error;
    if (isStopped(interrupts)) return undefined;
    throw error;
  }
}

/** Tells what a load waits for, if that takes a while. */
function tellOnce(tell: (line: string) => void): (left: Remaining) => void {
  const begin = performance.now();
  let told = false;
  return ({ records }) => {
    if (told || performance.now() - begin < quietMs) return;
    told = true;
    tell(`first ${groupedNumber(records)} records of before are processed`);
  };
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
