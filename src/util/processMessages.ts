import { exitCodes, Failure, type ExitReason } from './failure.js';

/** The process serves; `url` is where, for one that has an address. */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly url?: string | undefined;
}

/** A line about a start that is under way. */
export interface ProgressMessage {
  readonly type: 'progress';
  readonly line: string;
}

/** Why the process is about to exit. */
export interface FailedMessage {
  readonly type: 'failed';
  /** An {@link ExitReason}; from the embedded broker, its own error code. */
  readonly code: string;
  /** The first line is a summary. */
  readonly message: string;
  readonly cure?: string | undefined;
}

/** What a process reports over the IPC channel to the process that started it. */
export type ProcessMessage = ReadyMessage | ProgressMessage | FailedMessage;

/**
 * Reports to the parent process; does nothing where there is no IPC channel, or none any more.
 * @returns once the message is in the channel, so that the process may exit
 */
export function sendToParent(message: ProcessMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    // An error means that the parent has exited: nothing is left to report to.
    else process.send(message, undefined, undefined, () => resolve());
  });
}

/** @returns undefined for a value that is none of our messages */
export function parseProcessMessage(value: unknown): ProcessMessage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, url, line, code, message, cure } = value as Readonly<Record<string, unknown>>;
  switch (type) {
    case 'ready':
      return isTextOrAbsent(url) ? { type, url } : undefined;
    case 'progress':
      return typeof line === 'string' ? { type, line } : undefined;
    case 'failed':
      return typeof code === 'string' && typeof message === 'string' && isTextOrAbsent(cure)
        ? { type, code, message, cure }
        : undefined;
    default:
      return undefined;
  }
}

/** The failure that a process reported, for its parent to throw. */
export function reportedFailure({ code, message, cure }: FailedMessage): Failure {
  const exit = isExitReason(code) ? code : 'serviceFailed';
  return new Failure(message, { exit, ...(cure === undefined ? {} : { cure }) });
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function isExitReason(code: string): code is ExitReason {
  return Object.hasOwn(exitCodes, code);
}
