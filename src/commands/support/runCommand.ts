import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import type { Environment } from '../../config/endpoints.js';
import { Failure } from '../../util/failure.js';

export interface CommandOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Environment;
  /** Passes the reason, a signal's name, on to the command. */
  readonly stop: AbortSignal;
  /** Kills it. */
  readonly kill: AbortSignal;
}

/**
 * Runs a command with this process's own input and output.
 * @returns its exit code, or 128 + the number of the signal that ended it, as a shell has it
 * @throws Failure (usage) where it cannot be started
 */
export function runCommand({ command, args, env, stop, kill }: CommandOptions): Promise<number> {
  const child = spawn(command, args, { env, stdio: 'inherit' });
  stop.addEventListener('abort', () => {
    const signal = stop.reason as NodeJS.Signals;
    // At a terminal, Ctrl-C has reached the command already; twice may mean another thing to it.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
  kill.addEventListener('abort', () => child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(new Failure(`cannot run ${command}: ${cause.message}`, { exit: 'usage', cause }));
    });
    child.once('exit', (code, signal) => {
      resolve(signal === null ? (code ?? 0) : 128 + constants.signals[signal]);
    });
  });
}
