import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';

import type { Environment } from '../../config/endpoints.js';
import { spawnGuarded } from './guard.js';
import { identify, type ProcessIdentity } from './identity.js';
import { openLog } from './logFile.js';

/** How a process says that it serves, and with that, how it notices that its supervisor is gone. */
export type Readiness =
  /** One of our own Node processes: a ReadyMessage by IPC; it exits when the channel closes. */
  | { readonly by: 'message' }
  /** A server that knows nothing of us: asked again and again, and guarded (see guard.ts). */
  | {
      readonly by: 'probe';
      readonly url: string;
      readonly isReady: (pid: number) => Promise<boolean>;
    };

export interface ChildSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Environment;
  readonly readiness: Readiness;
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  readonly log: string;
}

/** How a process ended, in words: `exit code 1`, `signal SIGKILL`, `spawn xyz ENOENT`. */
export type ExitReason = string;

/** One life of a process. */
export interface Child {
  /** Undefined where it could not be started at all, or is gone already. */
  readonly identity: ProcessIdentity | undefined;
  /** Its URL once it serves; never settles where it ends before. */
  readonly ready: Promise<string>;
  readonly exited: Promise<ExitReason>;
  signal(signal: NodeJS.Signals): void;
}

const probeEveryMs = 20;

/** Starts a process in a session of its own, so that the terminal's Ctrl-C reaches only us. */
export function startChild(spec: ChildSpec): Child {
  const { command, args, env, readiness } = spec;
  const log = openLog(spec.log);
  const output = ['ignore', log, log] as const;
  const { child, guardEnded } = spawnChild();
  closeSync(log);
  return {
    identity: child.pid === undefined ? undefined : identify(child.pid),
    ready: readiness.by === 'message' ? readyMessage(child) : probed(child, readiness),
    exited: exitOf(child).then(async (reason) => {
      await guardEnded;
      return reason;
    }),
    signal: (signal) => signalGroupOrProcess(child, signal),
  };

  function spawnChild(): { child: ChildProcess; guardEnded?: Promise<unknown> } {
    if (readiness.by === 'message') {
      return { child: spawn(command, args, { env, detached: true, stdio: [...output, 'ipc'] }) };
    }
    const { stopSignal } = spec;
    const options = { env, detached: true };
    const { server, guardEnded } = spawnGuarded(command, args, options, output, stopSignal);
    return { child: server, guardEnded };
  }
}

function exitOf(child: ChildProcess): Promise<ExitReason> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `exit code ${String(code)}` : `signal ${signal}`);
    });
  });
}

function readyMessage(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      if (isReadyMessage(message)) resolve(message.url);
    });
  });
}

function isReadyMessage(message: unknown): message is { type: 'ready'; url: string } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    message.type === 'ready' &&
    'url' in message &&
    typeof message.url === 'string'
  );
}

async function probed(
  child: ChildProcess,
  { url, isReady }: Extract<Readiness, { by: 'probe' }>,
): Promise<string> {
  const { pid } = child;
  while (pid !== undefined && child.exitCode === null && child.signalCode === null) {
    if (await isReady(pid)) return url;
    await new Promise((resolve) => setTimeout(resolve, probeEveryMs));
  }
  return new Promise(() => undefined);
}

/** SIGKILL goes to the whole group, since whoever gets it cannot pass it on to its children. */
function signalGroupOrProcess(child: ChildProcess, signal: NodeJS.Signals): void {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(signal === 'SIGKILL' ? -pid : pid, signal);
}
