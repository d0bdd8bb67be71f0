import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { join } from 'node:path';

import { environment } from '../config/environment.js';
import { logSize, makeInstanceDirectory, openLog, tailLog } from '../stack/index.js';
import { exitCodes, Failure, type ExitReason } from '../util/failure.js';
import { packageFile } from '../util/paths.js';

/** What `up` tells the process that has detached it, where one has. */
export type DetachedMessage =
  { readonly type: 'progress'; readonly line: string } | { readonly type: 'running' };

/** Tells it; does nothing where nobody has detached us, or nobody listens any more. */
export function tellParent(message: DetachedMessage): void {
  if (process.connected) process.send?.(message);
}

export interface DetachOptions {
  readonly home: string;
  readonly name: string;
  /** The command line of `gamemetrics` that runs the instance in the foreground. */
  readonly args: readonly string[];
  readonly write: (line: string) => void;
  /** Aborts the start, and with that the detached process. */
  readonly signal: AbortSignal;
}

const linesInFailure = 30;

/**
 * Runs a command in a process that outlives this one, and waits until its instance runs.
 * @throws Failure with the lines that it had printed, and with its exit code, where it ends before
 */
export async function detach({ home, name, args, write, signal }: DetachOptions): Promise<void> {
  const log = join(makeInstanceDirectory(home, name), 'supervisor.log');
  const from = logSize(log);
  const output = openLog(log);
  const child = spawn(process.execPath, [packageFile('bin/run.js'), ...args], {
    detached: true,
    // The child runs in the foreground, whatever the variable says.
    env: { ...environment(), GAMEMETRICS_DETACH: undefined },
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  const interrupt = () => child.kill('SIGTERM');
  signal.addEventListener('abort', interrupt);
  const code = await runningOrEnded(child, write);
  signal.removeEventListener('abort', interrupt);
  // It ends with 0 where another process runs the instance already.
  if (code === 0) return;
  if (code === 'running') {
    child.disconnect();
    child.unref();
    return;
  }
  if (code === exitCodes.interrupted) {
    throw new Failure('interrupted: the instance was stopped while it started', {
      exit: 'interrupted',
    });
  }
  throw asFailure(code, tailLog(log, linesInFailure, from), log);
}

function runningOrEnded(
  child: ChildProcess,
  write: (line: string) => void,
): Promise<'running' | number | null> {
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      const told = message as DetachedMessage;
      if (told.type === 'progress') write(told.line);
      else resolve('running');
    });
    child.once('error', reject);
    child.once('exit', resolve);
  });
}

/** The last lines hold the detached command's own error message and its cure. */
function asFailure(code: number | null, lines: readonly string[], log: string): Failure {
  const start = lines.findLastIndex((line) => line.startsWith('error: '));
  const said = lines
    .slice(Math.max(start, 0))
    .join('\n')
    .replace(/^error: /, '');
  const known = Object.entries(exitCodes).find(([, exit]) => exit === code)?.[0];
  return new Failure(said === '' ? 'the instance did not start' : said, {
    exit: (known ?? 'serviceFailed') as ExitReason,
    cure: `What it printed is in ${log}.`,
  });
}
