import type { Endpoints } from '../config/endpoints.js';
import { toFailure } from '../diagnostics/toFailure.js';
import { Failure } from '../util/failure.js';
import { pause } from '../util/pause.js';
import { untilAborted } from '../util/untilAborted.js';
import { within } from '../util/within.js';

/** How long a store that hangs may delay an answer that is there. */
const closeGraceMs = 1_000;

/** How long it may delay a stop: more than a load takes to end in order. */
const stopGraceMs = 3_000;

export interface Opening<Opened> {
  readonly open: () => Opened;
  /** Named in the error where a store does not answer. */
  readonly endpoints: Endpoints;
  /** Aborted when the user asks to stop: `work` gets a moment to end by itself. */
  readonly stop: AbortSignal | undefined;
}

/**
 * Opens connections, works with them, and closes them.
 * @throws Failure (serviceFailed) with a cure where a store does not answer, (interrupted) where
 *   the work did not end otherwise because the user asked to stop
 */
export async function withOpened<Opened extends AsyncDisposable, T>(
  { open, endpoints, stop }: Opening<Opened>,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  try {
    const working = openedFor(open, work);
    return await (stop === undefined
      ? working
      : Promise.race([working, stopped(stop, over.signal)]));
  } catch (error) {
    if (stop?.aborted === true) throw new Failure('interrupted', { exit: 'interrupted' });
    throw toFailure(error, endpoints);
  } finally {
    over.abort();
  }
}

async function openedFor<Opened extends AsyncDisposable, T>(
  open: () => Opened,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const opened = open();
  try {
    return await work(opened);
  } finally {
    await within(opened[Symbol.asyncDispose](), closeGraceMs, () => undefined);
  }
}

/** Rejects once `stop` has been aborted for as long as the grace; `over` ends the wait. */
async function stopped(stop: AbortSignal, over: AbortSignal): Promise<never> {
  await untilAborted(AbortSignal.any([stop, over]));
  await pause(stopGraceMs, over);
  throw new Error('the work did not end in time after it was asked to stop');
}
