import { Failure } from './failure.js';

const millisecondsIn = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/**
 * Parses a duration such as `500ms`, `60s`, `2m`; a bare number is seconds.
 * @returns whole milliseconds
 * @throws Failure (invalid_argument) if the text is not a duration
 */
export function parseDuration(input: string): number {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(input) ?? [];
  if (amount !== undefined) {
    return Math.round(Number(amount) * millisecondsIn[unit as keyof typeof millisecondsIn]);
  }
  throw new Failure(`"${input}" is not a time`, {
    code: 'invalid_argument',
    cure: 'Use a number with ms, s, m or h, such as 500ms, 60s or 2m.',
  });
}
