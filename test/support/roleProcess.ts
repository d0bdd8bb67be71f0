import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { endpointsToEnvironment } from '../../src/config/endpoints.js';
import type { Endpoints } from '../../src/index.js';
import type { ReadyMessage, Role } from '../../src/pipeline/contract/roles.js';

const run = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

/** `gamemetrics run ROLE...` as a separate process. */
export class RoleProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Starts it and waits until it is ready. @throws if it exits instead */
  static async start(roles: readonly Role[], endpoints: Endpoints): Promise<RoleProcess> {
    const args = ['run', ...roles, '--http-port', '0', '--log-level', 'warn'];
    const child = fork(run, args, {
      env: { ...process.env, ...endpointsToEnvironment(endpoints) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${roles.join(', ')} ended with ${String(code)}`);
    });
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [ReadyMessage];
    ended.catch(() => undefined);
    return new RoleProcess(child, message.url);
  }

  /** Stops it with a signal. @returns the exit code, or null if the signal ended it */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      return this.#child.exitCode;
    }
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
  }
}
