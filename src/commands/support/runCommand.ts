import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import type { Environment } from '../../config/endpoints.js';
import { Failure } from '../../util/failure.js';

export interface CommandOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Environment;
  /** Its reason, the name of a signal, is sent to the command. */
  readonly stop: AbortSignal;
  /** Kills the command. */
  readonly kill: AbortSignal;
}

/**
 * Runs a command with this process's stdin, stdout and stderr.
 * @returns its exit code, or 128 + the number of the signal that ended it, as in a shell
 * @throws Failure (invalid_argument) if it cannot be started
 */
export function runCommand({ command, args, env, stop, kill }: CommandOptions): Promise<number> {
  const child = spawn(command, args, { env, stdio: 'inherit' });
  stop.addEventListener('abort', () => {
    const signal = stop.reason as NodeJS.Signals;
    // At a terminal, Ctrl-C has already reached the command; it may treat a second one differently.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
  kill.addEventListener('abort', () => child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(
        new Failure(`cannot run ${command}: ${cause.message}`, { code: 'invalid_argument', cause }),
      );
    });
    child.once('exit', (code, signal) => {
      resolve(signal === null ? (code ?? 0) : 128 + constants.signals[signal]);
    });
  });
}
