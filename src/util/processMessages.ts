import { Failure, failureCodes, type FailureCode, type Facts } from './failure.js';

/** The process serves; `url` is its address, if it has one. */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly url?: string | undefined;
}

/** A line about a start in progress. */
export interface ProgressMessage {
  readonly type: 'progress';
  readonly line: string;
}

/** Why the process is about to exit. */
export interface FailedMessage {
  readonly type: 'failed';
  /** A {@link FailureCode}, or `bug`; from the embedded broker, its own error code. */
  readonly code: string;
  /** The first line is a summary. */
  readonly message: string;
  readonly cure?: string | undefined;
  readonly facts?: Facts | undefined;
}

/** What a process reports over the IPC channel to the process that started it. */
export type ProcessMessage = ReadyMessage | ProgressMessage | FailedMessage;

/**
 * Reports to the parent process; does nothing if there is no open IPC channel.
 * @returns once the message is in the channel, so that the process may exit
 */
export function sendToParent(message: ProcessMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    // An error means that the parent has exited: nothing is left to report to.
    else process.send(message, undefined, undefined, () => resolve());
  });
}

/** @returns undefined if the value is not one of these messages */
export function parseProcessMessage(value: unknown): ProcessMessage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, url, line, code, message, cure, facts } = value as Readonly<
    Record<string, unknown>
  >;
  switch (type) {
    case 'ready':
      return isTextOrAbsent(url) ? { type, url } : undefined;
    case 'progress':
      return typeof line === 'string' ? { type, line } : undefined;
    case 'failed':
      return typeof code === 'string' &&
        typeof message === 'string' &&
        isTextOrAbsent(cure) &&
        isFactsOrAbsent(facts)
        ? { type, code, message, cure, facts }
        : undefined;
    default:
      return undefined;
  }
}

/** The failure that a process reported, for its parent to throw. */
export function reportedFailure({ code, message, cure, facts }: FailedMessage): Failure {
  const known = isFailureCode(code) ? code : 'service_failed';
  return new Failure(message, {
    code: known,
    ...(cure === undefined ? {} : { cure }),
    ...(facts === undefined ? {} : { facts }),
  });
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function isFactsOrAbsent(value: unknown): value is Facts | undefined {
  if (value === undefined) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((fact) => typeof fact === 'string');
}

function isFailureCode(code: string): code is FailureCode {
  return failureCodes.some((known) => known === code);
}
