import { exitCodes } from './exits.js';

/** Requests by the user or the system to end a command. */
export interface Interrupts {
  /** Aborted by the first signal: shut down in order. Its reason is the signal's name. */
  readonly stop: AbortSignal;
  /** Aborted by the next Ctrl-C: stop at once. One more ends the process immediately. */
  readonly kill: AbortSignal;
}

/**
 * Handles SIGINT (Ctrl-C), SIGTERM and SIGHUP from now on; by default they end the process. Only a
 * repeated SIGINT is urgent: a repeated SIGTERM may come from two runs of "gamemetrics down".
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
