import { Failure } from '../util/failure.js';
import { populationDefaults, type PopulationOptions } from './events.js';
import { eventsWithin, stagesMs, type Arrivals, type Rate } from './schedule.js';
import { noTrouble, type Trouble } from './trouble.js';

/** What decides the bytes of a load, and how many there are. */
export interface LoadPlan extends Required<PopulationOptions> {
  /** Event time of the first event, in milliseconds since the epoch. */
  readonly startMs: number;
  readonly rate: Rate;
  readonly arrivals: Arrivals;
  readonly trouble: Trouble;
  /** Events at most; Infinity: as many as the duration takes. */
  readonly count: number;
  /** Events that are due later are not sent; Infinity: as long as the count takes. */
  readonly durationMs: number;
}

/** A plan of which only the seed must be said. */
export type PlanOptions = Pick<LoadPlan, 'seed'> & {
  readonly [Option in Exclude<keyof LoadPlan, 'seed'>]?: LoadPlan[Option] | undefined;
};

const defaultCount = 1_000;
const defaultRate = 100;

/**
 * Fills in what was not said. Without a count or a duration, stages are sent as long as they take,
 * and any other load is 1,000 events.
 * @throws Failure (usage) where there is more trouble than events
 */
export function planLoad(options: PlanOptions): LoadPlan {
  const rate = options.rate ?? defaultRate;
  const { count, trouble = noTrouble } = options;
  if (trouble.duplicates + trouble.invalid + trouble.late > 1) {
    throw new Failure('duplicates, invalid and late events are more than 100% together', {
      exit: 'usage',
      cure: 'An event is one of them at most: lower the shares.',
    });
  }
  const durationMs = options.durationMs ?? (count === undefined ? stagesMs(rate) : Infinity);
  return {
    seed: options.seed,
    startMs: options.startMs ?? Date.now(),
    rate,
    arrivals: options.arrivals ?? 'constant',
    players: options.players ?? populationDefaults.players,
    games: options.games ?? populationDefaults.games,
    skew: options.skew ?? populationDefaults.skew,
    mix: options.mix ?? populationDefaults.mix,
    trouble,
    count: count ?? (durationMs === Infinity ? defaultCount : Infinity),
    durationMs,
  };
}

/** How many events a plan will send, as far as it can be known: Infinity at full speed for a time. */
export function plannedEvents({ count, rate, durationMs }: LoadPlan): number {
  return durationMs === Infinity || rate === 0
    ? count
    : Math.min(count, eventsWithin(rate, durationMs));
}
