import type { PipelineSnapshot } from '../pipeline/observe/snapshot.js';
import { Failure } from '../util/failure.js';

/** What `status --check` can compare. */
const metrics = ['lag', 'dead_letters', 'rate'] as const;

const operators = {
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '==': (a: number, b: number) => a === b,
} as const;

/** A condition on a snapshot, such as `lag<1000` or `lag.logger<1000`. */
export interface Check {
  readonly text: string;
  readonly metric: (typeof metrics)[number];
  /** Only this group, by its role; undefined: every group. */
  readonly role: string | undefined;
  readonly operator: keyof typeof operators;
  readonly value: number;
}

const pattern = /^\s*([a-z_]+)(?:\.([a-z-]+))?\s*(<=|>=|==|<|>)\s*(\d+(?:\.\d+)?)\s*$/;

/** Parses a check. @throws Failure (invalid_argument) if it is not a check, or names an unknown role */
export function parseCheck(text: string, roles: readonly string[]): Check {
  const [, name, role, operator, value] = pattern.exec(text) ?? [];
  const metric = metrics.find((each) => each === name);
  const isRole = role === undefined || (metric !== 'dead_letters' && roles.includes(role));
  if (metric !== undefined && isRole) {
    const known = operator as Check['operator'];
    return { text, metric, role, operator: known, value: Number(value) };
  }
  throw new Failure(`"${text}" is not a check`, {
    code: 'invalid_argument',
    cure:
      `Compare ${metrics.join(', ')} with <, <=, >, >= or ==, such as 'lag<1000'; lag and rate ` +
      `may name one group, such as 'lag.logger<1000' (${roles.join(', ')}).`,
  });
}

/** Evaluates a check. @returns one message per value that fails it; empty if the check holds */
export function failuresOf(check: Check, snapshot: PipelineSnapshot): string[] {
  // A check of something that could not be read fails.
  if (snapshot.groups.length === 0) return [`${check.text}: cannot be read`];
  const holds = operators[check.operator];
  return valuesOf(check, snapshot)
    .filter(({ value }) => !holds(value, check.value))
    .map(({ of, value }) => `${check.text}: ${of} is ${value}`);
}

function valuesOf({ metric, role }: Check, snapshot: PipelineSnapshot) {
  if (metric === 'dead_letters') return [{ of: 'dead_letters', value: snapshot.deadLetters }];
  return snapshot.groups
    .filter((group) => role === undefined || group.role === role)
    .map((group) => ({
      of: `${metric} of ${group.role}`,
      value: metric === 'lag' ? group.lag : Number(group.processedPerSecond.toFixed(1)),
    }));
}
