import { Failure } from '../util/failure.js';
import { populationDefaults, type PopulationOptions } from './events.js';
import { eventsWithin, stagesMs, type Arrivals, type Rate } from './schedule.js';
import { noTrouble, type Trouble } from './trouble.js';

/** Determines the events of a load, byte for byte, and their number. */
export interface LoadPlan extends Required<PopulationOptions> {
  /** Event time of the first event, in milliseconds since the epoch. */
  readonly startMs: number;
  readonly rate: Rate;
  readonly arrivals: Arrivals;
  readonly trouble: Trouble;
  /** Maximum number of events; Infinity if only the duration limits the load. */
  readonly count: number;
  /** Events that are due later are not sent; Infinity if only the count limits the load. */
  readonly durationMs: number;
}

/** The options of a plan, of which only the seed is required. */
export type PlanOptions = Pick<LoadPlan, 'seed'> & {
  readonly [Option in Exclude<keyof LoadPlan, 'seed'>]?: LoadPlan[Option] | undefined;
};

const defaultCount = 1_000;
const defaultRate = 100;

/**
 * Applies the defaults. Without a count and a duration, a load with stages ends after the last
 * stage, and any other load has 1,000 events.
 * @throws Failure (invalid_argument) if the shares of trouble exceed 100%
 */
export function planLoad(options: PlanOptions): LoadPlan {
  const rate = options.rate ?? defaultRate;
  const { count, trouble = noTrouble } = options;
  if (trouble.duplicates + trouble.invalid + trouble.late > 1) {
    throw new Failure(
      'the shares of duplicates, invalid and late events add up to more than 100%',
      {
        code: 'invalid_argument',
        cure: 'Reduce the shares: an event has at most one kind of trouble.',
      },
    );
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

/** The number of events of a plan; Infinity if it is not known: at full speed for a duration. */
export function plannedEvents({ count, rate, durationMs }: LoadPlan): number {
  return durationMs === Infinity || rate === 0
    ? count
    : Math.min(count, eventsWithin(rate, durationMs));
}
