import { setTimeout as sleep } from 'node:timers/promises';

import type { Endpoints } from '../config/endpoints.js';
import { toFailure } from '../diagnostics/toFailure.js';
import { Failure } from '../util/failure.js';
import { within } from '../util/within.js';

/** What a store that hangs may take from who has an answer. */
const closeGraceMs = 1_000;

/** And from who asked to stop: more than a load takes to end in order. */
const stopGraceMs = 3_000;

export interface Opening<Opened> {
  readonly open: () => Opened;
  /** Named where a store does not answer. */
  readonly endpoints: Endpoints;
  /** Aborted where the user asks to stop: `work` gets a moment to end by itself. */
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
    await within(opened[Symbol.asyncDispose](), closeGraceMs);
  }
}

/** Rejects when `stop` was aborted for long enough. */
async function stopped(stop: AbortSignal, over: AbortSignal): Promise<never> {
  if (!stop.aborted) {
    await new Promise((resolve) => stop.addEventListener('abort', resolve, { signal: over }));
  }
  await sleep(stopGraceMs, undefined, { signal: over });
  throw new Error('what was asked to stop did not');
}
