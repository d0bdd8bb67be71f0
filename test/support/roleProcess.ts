import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { endpointsToEnvironment } from '../../src/config/endpoints.js';
import type { Endpoints } from '../../src/index.js';
import type { Role } from '../../src/pipeline/contract/roles.js';
import { describeEnd, observeChild } from '../../src/util/observeChild.js';
import { packageFile } from '../../src/util/paths.js';

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
    const child = fork(packageFile('bin/run.js'), args, {
      env: { ...process.env, ...endpointsToEnvironment(endpoints) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
    });
    const { ready, ended } = observeChild(child);
    const outcome = await Promise.race([ready, ended]);
    if (outcome.type === 'ready') return new RoleProcess(child, outcome.url ?? '');
    throw new Error(`${roles.join(', ')}: ${describeEnd(outcome)}`);
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
