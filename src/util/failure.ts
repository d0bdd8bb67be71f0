/** Exit codes of the command line; each names what a script may want to react to. */
export const exitCodes = {
  ok: 0,
  bug: 1,
  usage: 2,
  notRunning: 7,
  timeout: 17,
  serviceFailed: 18,
  checkFailed: 99,
  interrupted: 130,
} as const;

export type ExitReason = keyof typeof exitCodes;

export interface FailureOptions {
  /** Decides the exit code; see {@link exitCodes}. */
  readonly exit: ExitReason;
  /** What the user can do about it, in one or a few lines. */
  readonly cure?: string;
  readonly cause?: unknown;
}

/**
 * An error that was foreseen: shown as one message and its cure, never as a stack trace.
 * Everything else that reaches the command line is a bug (exit code 1).
 */
export class Failure extends Error {
  readonly exit: ExitReason;
  readonly cure: string | undefined;

  constructor(message: string, options: FailureOptions) {
    super(message, { cause: options.cause });
    this.name = 'Failure';
    this.exit = options.exit;
    this.cure = options.cure;
  }
}
