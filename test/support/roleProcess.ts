import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { endpointsToEnvironment } from '../../src/config/endpoints.js';
import type { Endpoints } from '../../src/index.js';
import type { ReadyMessage, Role } from '../../src/pipeline/contract/roles.js';
import { packageFile } from '../../src/util/paths.js';

/** `gamemetrics run ROLE...` as its own process. */
export class RoleProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Starts the process and waits until it serves. @throws where it exits instead */
  static async start(roles: readonly Role[], endpoints: Endpoints): Promise<RoleProcess> {
    const args = ['run', ...roles, '--http-port', '0', '--log-level', 'warn'];
    const child = fork(packageFile('bin/run.js'), args, {
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

  /** Ends the process with a signal. @returns its exit code, null where the signal killed it */
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
