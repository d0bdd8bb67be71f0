/** A stage of a load: a linear ramp between two rates, in events per second. */
export interface Stage {
  readonly from: number;
  readonly to: number;
  readonly durationMs: number;
}

/** Events per second, 0 for full speed, or stages, whose last rate continues. */
export type Rate = number | readonly Stage[];

/** Evenly spaced, or independent of each other, as with many players. */
export const arrivalKinds = ['constant', 'poisson'] as const;

export type Arrivals = (typeof arrivalKinds)[number];

/**
 * The due time of each event, in milliseconds after the start of the load; undefined means as soon
 * as a connection is free. It ends if the last rate is 0. The model is open: due times do not
 * depend on the responses, so a slow server does not slow down the load, but increases the latency.
 *
 * Poisson arrivals are a Poisson process of rate 1, transformed to the time of the load: the n-th
 * event is due when the integral of the rate reaches the sum of n exponential gaps.
 * @param random numbers in [0, 1), used only by Poisson arrivals
 */
export function* dueTimes(
  rate: Rate,
  arrivals: Arrivals,
  random: () => number,
): Generator<number | undefined, void> {
  if (rate === 0) for (;;) yield undefined;
  const timeOf = inverseOf(stagesOf(rate));
  let events = 0;
  for (;;) {
    if (arrivals === 'poisson') events -= Math.log(1 - random());
    const dueMs = timeOf(events);
    if (dueMs === undefined) return;
    yield dueMs;
    if (arrivals === 'constant') events += 1;
  }
}

/** The number of events that are due within a duration; for Poisson arrivals, the mean. */
export function eventsWithin(rate: Rate, durationMs: number): number {
  let leftMs = durationMs;
  let events = 0;
  for (const stage of stagesOf(rate)) {
    const takenMs = Math.min(leftMs, stage.durationMs);
    const reached = stage.from + (stage.to - stage.from) * (takenMs / stage.durationMs || 0);
    events += ((stage.from + reached) / 2) * (takenMs / 1_000);
    leftMs -= takenMs;
    if (leftMs === 0) break;
  }
  return Math.ceil(events);
}

/** The total duration of the stages, in milliseconds; Infinity for a single rate. */
export function stagesMs(rate: Rate): number {
  return typeof rate === 'number'
    ? Infinity
    : rate.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

function stagesOf(rate: Rate): Stage[] {
  const stages = typeof rate === 'number' ? [] : rate;
  const last = typeof rate === 'number' ? rate : (rate.at(-1)?.to ?? 0);
  return [...stages, { from: last, to: last, durationMs: Infinity }];
}

/** The time in milliseconds at which the integral of the rate reaches a number of events. */
function inverseOf(stages: readonly Stage[]): (events: number) => number | undefined {
  let index = 0;
  let beginMs = 0;
  let before = 0;
  return (events) => {
    for (;;) {
      const stage = stages[index];
      if (stage === undefined) return undefined;
      const total = totalOf(stage);
      if (events - before < total) return beginMs + timeWithin(stage, events - before);
      index += 1;
      beginMs += stage.durationMs;
      before += total;
    }
  };
}

function totalOf({ from, to, durationMs }: Stage): number {
  if (durationMs === Infinity) return to === 0 ? 0 : Infinity;
  return ((from + to) / 2) * (durationMs / 1_000);
}

/** Solves from·t + (to - from)·t² / 2T = events for t, in the numerically stable form. */
function timeWithin({ from, to, durationMs }: Stage, events: number): number {
  if (events === 0) return 0;
  const growth = durationMs === Infinity ? 0 : ((to - from) * 1_000) / durationMs;
  const root = Math.sqrt(Math.max(0, from * from + 2 * growth * events));
  return (2_000 * events) / (from + root);
}
