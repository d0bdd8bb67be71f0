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
  /** The API key, if ingest requires one. */
  readonly apiKey: string | undefined;
  readonly batch: number;
  readonly connections: number;
  /** Whether to show the progress of the load on stdout. */
  readonly live: boolean;
  /** Prints a line about what the load is waiting for. */
  readonly notify: (line: string) => void;
  readonly interrupts: Interrupts;
}

/** The measurements in the stores behind ingest. */
export interface StoreMeasures {
  readonly stores: Stores;
  readonly visible: boolean;
  /** Whether to compare the stores with the expected result at the end. */
  readonly check: boolean;
  readonly drainTimeoutMs: number;
}

export interface MeasuredLoad {
  readonly summary: LoadSummary;
  readonly check?: LoadCheck;
  /** Why the requested check is missing. */
  readonly unchecked?: Failure;
}

const visibleWithinMs = 10_000;
const quietMs = 1_000;

/** Sends a load. With stores, also measures visibility there, and checks them after the drain. */
export async function measureLoad(
  options: MeasureOptions,
  measures: StoreMeasures | undefined,
): Promise<MeasuredLoad> {
  const { plan, url, apiKey, batch, connections, notify, interrupts } = options;
  const load = { ...plan, url, apiKey, batch, connections, killSignal: interrupts.kill };
  if (measures === undefined) return { summary: await send(load, options) };
  const { stores, visible, check, drainTimeoutMs } = measures;
  const outcomes = new OutcomeLog();
  const waiting = { timeoutMs: drainTimeoutMs, signal: interrupts.stop };
  const finish = check
    ? await attempt(interrupts, async () => {
        // Unprocessed records belong to earlier loads.
        await waitForCut(stores, { ...waiting, onProgress: reportOnce(notify) });
        return beginCheck(stores, plan);
      })
    : undefined;
  const probe = visible ? { visible: probeOf(stores) } : {};
  const summary = await send({ ...load, ...probe, outcomes }, options);
  // Ctrl-C skips the check.
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
 * Runs work on the stores; its failure must not discard the summary of the load.
 * @returns the result of `work`, its Failure, or undefined if the user asked to stop
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

/** Reports the wait of a load once, if it takes longer than {@link quietMs}. */
function reportOnce(notify: (line: string) => void): (left: Remaining) => void {
  const begin = performance.now();
  let reported = false;
  return ({ records }) => {
    if (reported || performance.now() - begin < quietMs) return;
    reported = true;
    notify(`waiting for ${groupedNumber(records)} earlier records to be processed`);
  };
}

function isStopped({ stop }: Interrupts): boolean {
  return stop.aborted;
}

/** Runs a load, with a live view on stdout; the load also ends when stdout is closed. */
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

/** Polls PostgreSQL and Redis for an event; a sample that exceeds the timeout counts as missed. */
function probeOf(stores: Stores): Visible {
  return (event, signal) => {
    const late = AbortSignal.timeout(visibleWithinMs);
    return untilVisible(stores, event, AbortSignal.any([signal, late]));
  };
}
