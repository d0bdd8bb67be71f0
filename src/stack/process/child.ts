import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Environment } from '../../config/endpoints.js';
import { observeChild, type ChildEnd } from '../../util/observeChild.js';
import { spawnGuarded } from './guard.js';
import { identify, type ProcessIdentity } from './identity.js';
import { openLog } from './logFile.js';

/** How a process reports that it is ready, and how it notices that its supervisor has died. */
type Readiness =
  /**
   * A Node process of this package: it sends a ReadyMessage, and exits when the IPC channel closes.
   */
  | { readonly by: 'message' }
  /** A third-party server: it is polled until it is ready, and guarded (see guard.ts). */
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

/** One run of a process. */
export interface Child {
  /** Undefined if it could not be started, or has already exited. */
  readonly identity: ProcessIdentity | undefined;
  /** Resolves when it is ready, with its URL if it reports one; never settles if it ends first. */
  readonly ready: Promise<string | undefined>;
  readonly ended: Promise<ChildEnd>;
  signal(signal: NodeJS.Signals): void;
}

const probeEveryMs = 20;

/** Starts a process in a session of its own, so that Ctrl-C in the terminal does not reach it. */
export function startChild(spec: ChildSpec): Child {
  const { command, args, env, readiness } = spec;
  const log = openLog(spec.log);
  const output = ['ignore', log, log] as const;
  const { child, guardEnded } = spawnChild();
  closeSync(log);
  const { ready, ended } = observeChild(child);
  return {
    identity: child.pid === undefined ? undefined : identify(child.pid),
    ready:
      readiness.by === 'message' ? ready.then(({ url }) => url) : pollUntilReady(child, readiness),
    ended: ended.then(async (end) => {
      await guardEnded;
      return end;
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

async function pollUntilReady(
  child: ChildProcess,
  { url, isReady }: Extract<Readiness, { by: 'probe' }>,
): Promise<string> {
  const { pid } = child;
  while (pid !== undefined && child.exitCode === null && child.signalCode === null) {
    if (await isReady(pid)) return url;
    await sleep(probeEveryMs);
  }
  return new Promise(() => undefined);
}

/** SIGKILL goes to the whole group, since a process that is killed cannot stop its children. */
function signalGroupOrProcess(child: ChildProcess, signal: NodeJS.Signals): void {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(signal === 'SIGKILL' ? -pid : pid, signal);
}
