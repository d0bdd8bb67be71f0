import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { join } from 'node:path';

import { environment } from '../config/environment.js';
import { logSize, makeInstanceDirectory, openLog, quoteTail } from '../stack/index.js';
import { Failure } from '../util/failure.js';
import { observeChild, type ChildEnd } from '../util/observeChild.js';
import { packageFile } from '../util/paths.js';
import { reportedFailure } from '../util/processMessages.js';
import type { StartRequest } from './start.js';

export interface DetachOptions {
  /** Writes a line of the start's progress. */
  readonly write: (line: string) => void;
  /** Aborts the start, and stops the detached process with it. */
  readonly signal: AbortSignal;
}

/**
 * Starts an instance in a process that outlives this one, and waits until the instance runs. That
 * process is `gamemetrics up --request-over-ipc`, and its output goes to the supervisor's log.
 * @throws the Failure that the process reported; Failure (service_failed) with its last log lines
 *   if it ended without a report; Failure (interrupted) if the signal aborts
 */
export async function detach(
  request: StartRequest,
  { write, signal }: DetachOptions,
): Promise<void> {
  const { home, name, stack } = request;
  const log = join(makeInstanceDirectory(home, name), 'supervisor.log');
  const logFrom = logSize(log);
  const output = openLog(log);
  // Name and stack are only for the process list; the request has the actual values.
  const args = ['up', `--name=${name}`, `--stack=${stack}`, '--request-over-ipc'];
  const child = spawn(process.execPath, [packageFile('bin/run.js'), ...args], {
    detached: true,
    env: environment(),
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  const { ready, ended } = observeChild(child, write);
  // If the child has already exited, `ended` has the error.
  child.send(request, () => undefined);
  const interrupt = () => child.kill('SIGTERM');
  signal.addEventListener('abort', interrupt);
  if (signal.aborted) interrupt();
  const outcome = await Promise.race([ready, ended]);
  signal.removeEventListener('abort', interrupt);
  if (outcome.type === 'ended') {
    throw signal.aborted ? interrupted() : failureOf(outcome, log, logFrom);
  }
  child.disconnect();
  child.unref();
}

/**
 * In the detached process: waits for the request that {@link detach} sends.
 * @throws Failure: invalid_argument without an IPC channel, service_failed if the parent exits first
 */
export function receiveStartRequest(): Promise<StartRequest> {
  if (!process.connected) {
    throw new Failure('there is no IPC channel to receive a request from', {
      code: 'invalid_argument',
      cure: 'To start an instance in the background: gamemetrics up --detach',
    });
  }
  return new Promise((resolve, reject) => {
    const onDisconnect = () => {
      const message = 'the parent process exited before it requested a start';
      reject(new Failure(message, { code: 'service_failed' }));
    };
    process.once('disconnect', onDisconnect);
    process.once('message', (request) => {
      process.off('disconnect', onDisconnect);
      // The parent runs the same code.
      resolve(request as StartRequest);
    });
  });
}

function failureOf({ how, failed }: ChildEnd, log: string, logFrom: number): Failure {
  if (failed?.code === 'interrupted') return interrupted();
  if (failed !== undefined) return reportedFailure(failed);
  return new Failure(
    `the instance did not start: its supervisor ended (${how})${quoteTail(log, logFrom)}`,
    {
      code: 'service_failed',
      cure: `The complete output of the supervisor is in ${log}.`,
    },
  );
}

function interrupted(): Failure {
  const message = 'interrupted: the instance was stopped while it started';
  return new Failure(message, { code: 'interrupted' });
}
