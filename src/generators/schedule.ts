/**
 * When an event is due, in milliseconds after the load's start; undefined: as soon as a connection
 * is free. An open model: it does not depend on the answers, so a slow server does not slow the load
 * down, it shows in the latency.
 */
export type Schedule = (index: number) => number | undefined;

/** @param rate events a second; 0: as fast as it goes */
export function constantRate(rate: number): Schedule {
  return rate === 0 ? () => undefined : (index) => (index * 1_000) / rate;
}
