import { parseDuration } from '../util/duration.js';
import { Failure } from '../util/failure.js';
import { defaultMix, type Mix } from './actions.js';
import type { Rate, Stage } from './schedule.js';

/** Events a second at most. */
const mostRate = 1_000_000;

/** The longest time that a load or a stage may take. */
const mostMs = 7 * 24 * 3_600_000;

/**
 * `100` events a second, `0` for as fast as it goes, or a ramp such as `10..500/30s`.
 * @throws Failure (usage)
 */
export function parseRate(text: string): Rate {
  const [, from, to, time] = /^([\d.]+)(?:\.\.([\d.]+)\/(.+))?$/.exec(text) ?? [];
  if (from === undefined) throw wrongRate(text);
  if (to === undefined || time === undefined) return perSecond(from, text);
  const rates = ramp(perSecond(from, text), perSecond(to, text));
  return [{ ...rates, durationMs: parseTime(time) }];
}

/** The rates of a stage: `100`, or `10..500` from one to another. @throws Failure (usage) */
export function parseStageRates(text: string): Pick<Stage, 'from' | 'to'> {
  const [, from, to] = /^([\d.]+?)(?:\.\.([\d.]+))?$/.exec(text) ?? [];
  if (from === undefined) throw wrongRate(text);
  return ramp(perSecond(from, text), perSecond(to ?? from, text));
}

function ramp(from: number, to: number): Pick<Stage, 'from' | 'to'> {
  if (from + to > 0) return { from, to };
  throw new Failure('nothing is sent between the rates 0 and 0', {
    exit: 'usage',
    cure: 'Give one of them more than 0.',
  });
}

function perSecond(text: string, whole: string): number {
  const rate = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (rate >= 0 && rate <= mostRate) return rate;
  throw wrongRate(whole);
}

function wrongRate(text: string): Failure {
  return new Failure(`"${text}" is not a rate`, {
    exit: 'usage',
    cure: `Use events a second from 0 to ${mostRate}, such as 100; a ramp is 10..500/30s.`,
  });
}

/** A time of more than 0 and at most a week, in milliseconds. @throws Failure (usage) */
export function parseTime(text: string): number {
  const ms = parseDuration(text);
  if (ms > 0 && ms <= mostMs) return ms;
  throw new Failure(`"${text}" is not a time that a load can take`, {
    exit: 'usage',
    cure: 'Use more than 0 and at most 168h.',
  });
}

/** `1%` or `0.5%` as a share from 0 to 1. @throws Failure (usage) */
export function parseShare(text: string): number {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percent !== undefined && Number(percent) <= 100) return Number(percent) / 100;
  throw new Failure(`"${text}" is not a share`, {
    exit: 'usage',
    cure: 'Use a percentage from 0% to 100%, such as 1% or 0.5%.',
  });
}

/** `player_score=70,session_end=10`: what is left out does not happen. @throws Failure (usage) */
export function parseMix(text: string): Mix {
  return checkMix(
    Object.fromEntries(
      text.split(',').map((part) => {
        const [type = '', weight = '', ...rest] = part.split('=');
        const number = /^\s*\d+(\.\d+)?\s*$/.test(weight) && rest.length === 0;
        return [type.trim(), number ? Number(weight) : NaN];
      }),
    ),
  );
}

/** @throws Failure (usage) where a type or a weight is none, or nothing ever happens */
export function checkMix(weights: Readonly<Record<string, number | undefined>>): Mix {
  const known = Object.keys(defaultMix);
  const wrong = Object.keys(weights).find((type) => !known.includes(type));
  if (wrong !== undefined) {
    throw new Failure(`the mix has no type "${wrong}"`, {
      exit: 'usage',
      cure: `Types are ${known.join(', ')}; session_start comes by itself. Write TYPE=WEIGHT,…`,
    });
  }
  const values = Object.values(weights).map((weight) => weight ?? 0);
  if (values.every((weight) => weight >= 0 && weight < Infinity) && values.some((w) => w > 0)) {
    return weights;
  }
  throw new Failure('the weights of the mix are not numbers of 0 or more, one of them above 0', {
    exit: 'usage',
    cure: 'Write TYPE=WEIGHT,… such as player_score=70,session_end=10.',
  });
}

/** An RFC 3339 time or a UTC day, in epoch milliseconds. @throws Failure (usage) */
export function parseInstant(text: string): number {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const ms = isDay || isTime ? Date.parse(text) : NaN;
  if (ms >= 0) return ms;
  throw new Failure(`"${text}" is not a time`, {
    exit: 'usage',
    cure: 'Use a UTC day such as 2026-11-23, or a time such as 2026-11-23T12:00:00Z.',
  });
}
