import type { ChildProcess } from 'node:child_process';

import { parseProcessMessage, type FailedMessage, type ReadyMessage } from './processMessages.js';

/** How a child process ended. */
export interface ChildEnd {
  readonly type: 'ended';
  /** `exit code 1`, `signal SIGKILL`, `spawn xyz ENOENT`. */
  readonly how: string;
  /** What it reported as the cause, where it did. */
  readonly failed?: FailedMessage | undefined;
}

export interface ObservedChild {
  /** Settles with the first report that it serves; never where it ends before. */
  readonly ready: Promise<ReadyMessage>;
  /** Settles once it has ended and everything that it reported has been read. */
  readonly ended: Promise<ChildEnd>;
}

/**
 * Follows a child process by its messages and its end. Call it in the tick of the spawn, so that no
 * message is missed.
 * @param onProgress called with each line of progress
 */
export function observeChild(
  child: ChildProcess,
  onProgress?: (line: string) => void,
): ObservedChild {
  let failed: FailedMessage | undefined;
  const ready = new Promise<ReadyMessage>((resolve) => {
    child.on('message', (value) => {
      const message = parseProcessMessage(value);
      if (message?.type === 'ready') resolve(message);
      else if (message?.type === 'progress') onProgress?.(message.line);
      else if (message?.type === 'failed') failed = message;
    });
  });
  const ended = new Promise<ChildEnd>((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ type: 'ended', how: error.message });
    });
    // 'exit' may come before the last messages, 'close' only after the end of the IPC channel.
    child.once(child.connected ? 'close' : 'exit', (code: number | null, signal: string | null) => {
      const how = signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
      resolve({ type: 'ended', how, failed });
    });
  });
  return { ready, ended };
}

/** How a child process ended, in one line. */
export function describeEnd({ how, failed }: ChildEnd): string {
  const [summary] = failed?.message.split('\n', 1) ?? [];
  return summary === undefined ? how : `${how}: ${summary}`;
}
