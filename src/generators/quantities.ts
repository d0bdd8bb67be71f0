import { parseDuration } from '../util/duration.js';
import { Failure } from '../util/failure.js';
import { defaultMix, type Mix } from './actions.js';
import type { Rate, Stage } from './schedule.js';

/** The highest rate, in events per second. */
const maxRate = 1_000_000;

/** The longest duration of a load or a stage. */
const maxMs = 7 * 24 * 3_600_000;

/**
 * `100` events per second, `0` for full speed, or a ramp such as `10..500/30s`.
 * @throws Failure (invalid_argument)
 */
export function parseRate(text: string): Rate {
  const [, from, to, time] = /^([\d.]+)(?:\.\.([\d.]+)\/(.+))?$/.exec(text) ?? [];
  if (from === undefined) throw rateFailure(text);
  if (to === undefined || time === undefined) return perSecond(from, text);
  const rates = ramp(perSecond(from, text), perSecond(to, text));
  return [{ ...rates, durationMs: parseTime(time) }];
}

/** The rates of a stage: `100`, or a ramp `10..500`. @throws Failure (invalid_argument) */
export function parseStageRates(text: string): Pick<Stage, 'from' | 'to'> {
  const [, from, to] = /^([\d.]+?)(?:\.\.([\d.]+))?$/.exec(text) ?? [];
  if (from === undefined) throw rateFailure(text);
  return ramp(perSecond(from, text), perSecond(to ?? from, text));
}

function ramp(from: number, to: number): Pick<Stage, 'from' | 'to'> {
  if (from + to > 0) return { from, to };
  throw new Failure('nothing is sent in a ramp from 0 to 0', {
    code: 'invalid_argument',
    cure: 'Use a rate above 0 for one of them.',
  });
}

function perSecond(text: string, whole: string): number {
  const rate = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (rate >= 0 && rate <= maxRate) return rate;
  throw rateFailure(whole);
}

function rateFailure(text: string): Failure {
  return new Failure(`"${text}" is not a rate`, {
    code: 'invalid_argument',
    cure: `Use 0 to ${maxRate} events per second, such as 100, or a ramp, such as 10..500/30s.`,
  });
}

/** A duration above 0 and up to a week, in milliseconds. @throws Failure (invalid_argument) */
export function parseTime(text: string): number {
  const ms = parseDuration(text);
  if (ms > 0 && ms <= maxMs) return ms;
  throw new Failure(`"${text}" is not a valid duration of a load`, {
    code: 'invalid_argument',
    cure: 'Use a duration above 0 and up to 168h.',
  });
}

/** `1%` or `0.5%` as a share from 0 to 1. @throws Failure (invalid_argument) */
export function parseShare(text: string): number {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percent !== undefined && Number(percent) <= 100) return Number(percent) / 100;
  throw new Failure(`"${text}" is not a share`, {
    code: 'invalid_argument',
    cure: 'Use a percentage from 0% to 100%, such as 1% or 0.5%.',
  });
}

/**
 * `player_score=70,session_end=10`: an action that is left out does not occur.
 * @throws Failure (invalid_argument)
 */
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

/** @throws Failure (invalid_argument) if a type is unknown, a weight is invalid, or all weights are 0 */
export function checkMix(weights: Readonly<Record<string, number | undefined>>): Mix {
  const known = Object.keys(defaultMix);
  const unknown = Object.keys(weights).find((type) => !known.includes(type));
  if (unknown !== undefined) {
    throw new Failure(`the mix has an unknown type "${unknown}"`, {
      code: 'invalid_argument',
      cure: `Use TYPE=WEIGHT,… with ${known.join(', ')}; session_start is added automatically.`,
    });
  }
  const values = Object.values(weights).map((weight) => weight ?? 0);
  if (values.every((weight) => weight >= 0 && weight < Infinity) && values.some((w) => w > 0)) {
    return weights;
  }
  throw new Failure('the weights of the mix must be numbers of at least 0, with one above 0', {
    code: 'invalid_argument',
    cure: 'Use TYPE=WEIGHT,…, such as player_score=70,session_end=10.',
  });
}

/** An RFC 3339 time or a UTC day, in epoch milliseconds. @throws Failure (invalid_argument) */
export function parseInstant(text: string): number {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const ms = isDay || isTime ? Date.parse(text) : NaN;
  if (ms >= 0) return ms;
  throw new Failure(`"${text}" is not a time`, {
    code: 'invalid_argument',
    cure: 'Use a UTC day, such as 2026-11-23, or a time, such as 2026-11-23T12:00:00Z.',
  });
}
