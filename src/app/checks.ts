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
  /** Only this group, by its role; every group where left out. */
  readonly role: string | undefined;
  readonly operator: keyof typeof operators;
  readonly value: number;
}

const pattern = /^\s*([a-z_]+)(?:\.([a-z-]+))?\s*(<=|>=|==|<|>)\s*(\d+(?:\.\d+)?)\s*$/;

/** @throws Failure (usage) where it is none, or of a role that there is not */
export function parseCheck(text: string, roles: readonly string[]): Check {
  const [, name, role, operator, value] = pattern.exec(text) ?? [];
  const metric = metrics.find((each) => each === name);
  const isRole = role === undefined || (metric !== 'dead_letters' && roles.includes(role));
  if (metric !== undefined && isRole) {
    const known = operator as Check['operator'];
    return { text, metric, role, operator: known, value: Number(value) };
  }
  throw new Failure(`"${text}" is not a check`, {
    exit: 'usage',
    cure:
      `Compare ${metrics.join(', ')} by <, <=, >, >= or ==, such as 'lag<1000'; lag and rate also of ` +
      `one group, such as 'lag.logger<1000' (${roles.join(', ')}).`,
  });
}

/** @returns why the check fails, in words; empty where it holds */
export function failuresOf(check: Check, snapshot: PipelineSnapshot): string[] {
  // What could not be read has not passed.
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
