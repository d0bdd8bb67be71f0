/**
 * The kinds of failures: stable names for programs. `src/app/exits.ts` maps each to an exit code, and
 * to the command that fixes it, if there is one.
 */
export const failureCodes = [
  'already_running',
  'bug',
  'check_failed',
  'data_unusable',
  'dead_letter',
  'external_unusable',
  'instance_crashed',
  'instance_not_running',
  'interrupted',
  'invalid_argument',
  'invalid_file',
  'invalid_setting',
  'logger_behind',
  'never_ran',
  'not_arrived',
  'not_drained',
  'not_running',
  'privileges_missing',
  'schema_missing',
  'schema_outdated',
  'service_failed',
  'started_meanwhile',
  'stop_in_progress',
  'store_unavailable',
  'timeout',
  'topics_missing',
] as const;

export type FailureCode = (typeof failureCodes)[number];

/** What the command that fixes a failure needs, such as `name`, the name of the instance. */
export type Facts = Readonly<Record<string, string>>;

export interface FailureOptions {
  readonly code: FailureCode;
  /** What the user can do about it, in one or a few lines, other than a command of gamemetrics. */
  readonly cure?: string;
  readonly facts?: Facts;
  /** The failures that this one combines: their fixes belong to its own. */
  readonly parts?: readonly Failure[];
  readonly cause?: unknown;
}

/**
 * An expected error: it is reported as a message with its fix, never as a stack trace. Any other
 * error that reaches the command line is a bug.
 */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly cure: string | undefined;
  readonly facts: Facts;
  readonly parts: readonly Failure[];

  constructor(message: string, options: FailureOptions) {
    const { code, cure, facts = {}, parts = [], cause } = options;
    super(message, { cause });
    this.name = 'Failure';
    this.code = code;
    this.cure = cure;
    this.facts = facts;
    this.parts = parts;
  }
}
