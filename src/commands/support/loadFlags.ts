import { randomInt } from 'node:crypto';

import { Flags } from '@oclif/core';

import { planLoad, type LoadPlan } from '../../generators/plan.js';
import {
  parseInstant,
  parseMix,
  parseRate,
  parseShare,
  parseTime,
} from '../../generators/quantities.js';
import { arrivalKinds, type Arrivals } from '../../generators/schedule.js';
import { noTrouble } from '../../generators/trouble.js';
import { loadScenario } from '../../load/scenarioFiles.js';
import { parseThreshold, type Threshold } from '../../load/thresholds.js';
import { limits } from '../../pipeline/contract/event.js';
import { Failure } from '../../util/failure.js';

/** Seeds have 32 bits, so that a printed one is short enough to type again. */
const seeds = 2 ** 32;

/** The flags that decide what is sent and when. A scenario's values are their defaults. */
export const planFlags = {
  count: Flags.integer({
    char: 'c',
    summary: 'Events to send (1,000 if nothing else ends the load).',
    env: 'GAMEMETRICS_COUNT',
    helpValue: 'N',
    min: 1,
    max: 1_000_000_000,
  }),
  duration: Flags.string({
    char: 'd',
    summary: 'Send for this long, such as 30s or 5m.',
    env: 'GAMEMETRICS_DURATION',
    helpValue: 'TIME',
  }),
  rate: Flags.string({
    char: 'r',
    summary: 'Events per second (100 by default), a ramp such as 10..500/30s, or 0 for full speed.',
    env: 'GAMEMETRICS_RATE',
    helpValue: 'RATE',
  }),
  arrivals: Flags.option({
    options: arrivalKinds,
    summary: 'Spacing of the events: even, or as in a Poisson process.',
    env: 'GAMEMETRICS_ARRIVALS',
  })(),
  seed: Flags.integer({
    summary: 'Seed of the events (by default a random one, which is printed).',
    env: 'GAMEMETRICS_SEED',
    helpValue: 'N',
    min: 0,
    max: seeds - 1,
  }),
  start: Flags.string({
    summary: 'Event time of the first event (now by default).',
    env: 'GAMEMETRICS_START',
    helpValue: 'TIME',
  }),
  players: Flags.integer({
    summary: 'Number of players (100 by default).',
    env: 'GAMEMETRICS_PLAYERS',
    helpValue: 'N',
    min: 1,
    max: 1_000_000,
  }),
  games: Flags.integer({
    summary: 'Number of games (5 by default).',
    env: 'GAMEMETRICS_GAMES',
    helpValue: 'N',
    min: 1,
    max: 100_000,
  }),
  skew: Flags.string({
    summary: 'Zipf exponent of players and games (1 by default; 0: all equally active).',
    env: 'GAMEMETRICS_SKEW',
    helpValue: 'NUMBER',
  }),
  mix: Flags.string({
    summary: 'Weights of event types, such as player_score=70,item_purchase=20,session_end=10.',
    env: 'GAMEMETRICS_MIX',
    helpValue: 'TYPE=WEIGHT,…',
  }),
  duplicates: Flags.string({
    summary: 'Share of events that repeat an earlier one, byte for byte.',
    env: 'GAMEMETRICS_DUPLICATES',
    helpValue: '1%',
  }),
  invalid: Flags.string({
    summary: 'Share of events that violate the contract and must be rejected.',
    env: 'GAMEMETRICS_INVALID',
    helpValue: '0.5%',
  }),
  late: Flags.string({
    summary: 'Share of events with an event time in the past.',
    env: 'GAMEMETRICS_LATE',
    helpValue: '2%',
  }),
  'late-by': Flags.string({
    summary: 'Maximum lateness of late events (1h by default).',
    env: 'GAMEMETRICS_LATE_BY',
    helpValue: 'TIME',
  }),
  threshold: Flags.string({
    summary: "Condition to meet, such as 'p99<20ms' or 'error_rate<0.1%'; repeatable.",
    multiple: true,
    helpValue: 'METRIC<VALUE',
  }),
};

/** The values of {@link planFlags}. */
export interface PlanFlags {
  readonly count?: number | undefined;
  readonly duration?: string | undefined;
  readonly rate?: string | undefined;
  readonly arrivals?: Arrivals | undefined;
  readonly seed?: number | undefined;
  readonly start?: string | undefined;
  readonly players?: number | undefined;
  readonly games?: number | undefined;
  readonly skew?: string | undefined;
  readonly mix?: string | undefined;
  readonly duplicates?: string | undefined;
  readonly invalid?: string | undefined;
  readonly late?: string | undefined;
  readonly 'late-by'?: string | undefined;
  readonly threshold?: readonly string[] | undefined;
}

export interface LoadRequest {
  readonly plan: LoadPlan;
  readonly thresholds: readonly Threshold[];
}

/**
 * Plans a load from the flags, which take precedence over the values of a scenario.
 * @param scenario a file or a name, if given
 * @throws Failure (invalid_argument) that names the invalid value
 */
export function readLoadRequest(flags: PlanFlags, scenario: string | undefined): LoadRequest {
  const given = scenario === undefined ? undefined : loadScenario(scenario);
  const base = given?.plan;
  const own = base?.trouble ?? noTrouble;
  const startMs = valueOf('--start', flags.start, parseInstant) ?? base?.startMs ?? Date.now();
  if (startMs > Date.now() + limits.futureMs) {
    throw new Failure('the load would start more than 5 minutes ahead: ingest would reject it', {
      code: 'invalid_argument',
      cure: 'Give --start a time that is not in the future.',
    });
  }
  const plan = planLoad({
    seed: flags.seed ?? base?.seed ?? randomInt(seeds),
    startMs,
    count: flags.count,
    durationMs: valueOf('--duration', flags.duration, parseTime),
    rate: valueOf('--rate', flags.rate, parseRate) ?? base?.rate,
    arrivals: flags.arrivals ?? base?.arrivals,
    players: flags.players ?? base?.players,
    games: flags.games ?? base?.games,
    skew: valueOf('--skew', flags.skew, parseSkew) ?? base?.skew,
    mix: valueOf('--mix', flags.mix, parseMix) ?? base?.mix,
    trouble: {
      duplicates: valueOf('--duplicates', flags.duplicates, parseShare) ?? own.duplicates,
      invalid: valueOf('--invalid', flags.invalid, parseShare) ?? own.invalid,
      late: valueOf('--late', flags.late, parseShare) ?? own.late,
      lateByMs: valueOf('--late-by', flags['late-by'], parseTime) ?? own.lateByMs,
    },
  });
  const thresholds = flags.threshold?.map((text) => parseThreshold(text));
  return { plan, thresholds: thresholds ?? given?.thresholds ?? [] };
}

/** Parses a flag's value; the flag's name precedes the message of a Failure. */
function valueOf<T>(
  flag: string,
  text: string | undefined,
  parse: (text: string) => T,
): T | undefined {
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, cure } = error;
    throw new Failure(`${flag}: ${error.message}`, cure === undefined ? { code } : { code, cure });
  }
}

function parseSkew(text: string): number {
  const skew = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (skew <= 10) return skew;
  throw new Failure(`"${text}" is not a skew`, {
    code: 'invalid_argument',
    cure: 'Use a number from 0 (all equally active) to 10; 1 is typical.',
  });
}
