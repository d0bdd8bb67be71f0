import { exitCodes } from '../util/failure.js';

/** How a person or the system asks a command to end. */
export interface Interrupts {
  /** Aborted by the first signal: stop in order. Its reason is the signal's name. */
  readonly stop: AbortSignal;
  /** Aborted by Ctrl-C after that: stop at once. Another one ends the process as it is. */
  readonly kill: AbortSignal;
}

/**
 * Handles SIGINT, SIGTERM and SIGHUP from now on; without it they end a command as they end any
 * program. Only a second Ctrl-C is urgent: a second SIGTERM is another "gamemetrics down", which asks
 * for the same.
 */
export function handleInterrupts(): Interrupts {
  const stop = new AbortController();
  const kill = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (!stop.signal.aborted) stop.abort(signal);
    else if (signal !== 'SIGINT') return;
    else if (kill.signal.aborted) process.exit(exitCodes.interrupted);
    else kill.abort(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return { stop: stop.signal, kill: kill.signal };
}
