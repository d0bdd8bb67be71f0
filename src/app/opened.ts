import type { Endpoints } from '../config/endpoints.js';
import { toFailure } from '../diagnostics/toFailure.js';
import { Failure } from '../util/failure.js';
import { pause } from '../util/pause.js';
import { untilAborted } from '../util/untilAborted.js';
import { within } from '../util/within.js';

/** How long a store that hangs on close may delay a result. */
const closeGraceMs = 1_000;

/** How long work may go on after the user asked to stop: longer than a load takes to shut down. */
const stopGraceMs = 3_000;

export interface Opening<Opened> {
  readonly open: () => Opened;
  /** Named in the failure if a store does not answer. */
  readonly endpoints: Endpoints;
  /** Aborted when the user asks to stop: `work` then has a moment to end by itself. */
  readonly stop: AbortSignal | undefined;
}

/**
 * Opens connections, runs `work` with them, and closes them.
 * @throws Failure (service_failed) with a fix if a store does not answer, (interrupted) if the work
 *   failed or did not end after the user asked to stop
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
    if (stop?.aborted === true) throw new Failure('interrupted', { code: 'interrupted' });
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

/** Rejects {@link stopGraceMs} after `stop` was aborted; `over` ends the wait. */
async function stopped(stop: AbortSignal, over: AbortSignal): Promise<never> {
  await untilAborted(AbortSignal.any([stop, over]));
  await pause(stopGraceMs, over);
  throw new Error('the work did not stop in time');
}
