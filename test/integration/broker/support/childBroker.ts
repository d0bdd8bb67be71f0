import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { onTestFinished } from 'vitest';

const main = fileURLToPath(new URL('../../../../dist/broker/main.js', import.meta.url));

export interface ChildBroker {
  readonly process: ChildProcess;
  readonly address: string;
  readonly port: number;
  /** Sends a signal. Resolves with the exit code, or null if the signal ended the process. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return child.exitCode === null && child.signalCode === null
    ? new Promise((resolve) => child.once('exit', resolve))
    : Promise.resolve(child.exitCode);
}

/** Starts the broker as a process, from dist/. @returns the process and its first message */
export async function forkBroker(
  args: readonly string[],
): Promise<{ child: ChildProcess; message: unknown }> {
  const child = fork(main, args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exitOf(child);
  });
  const message = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the broker ended with ${code ?? 'a signal'}`)));
  });
  return { child, message };
}

export async function childBroker(dataDir: string, port = 0): Promise<ChildBroker> {
  const { child, message } = await forkBroker(['--port', String(port), '--data', dataDir]);
  const { url } = message as { url: string };
  return {
    process: child,
    address: url,
    port: Number(url.split(':')[1]),
    end(signal) {
      child.kill(signal);
      return exitOf(child);
    },
  };
}
