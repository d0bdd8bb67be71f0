import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { endpointsToEnvironment, type Endpoints } from '../../config/endpoints.js';
import { environment } from '../../config/environment.js';
import type { Role } from '../../pipeline/contract/roles.js';
import { Failure } from '../../util/failure.js';
import { describeEnd, observeChild } from '../../util/observeChild.js';
import { packageFile } from '../../util/paths.js';

/** Roles in a separate process, as in an instance, but without a supervisor. */
export class RoleProcess implements AsyncDisposable {
  readonly url: string;
  /** Rejects with a Failure when the process ends; nothing restarts it. */
  readonly ended: Promise<never>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string, ended: Promise<never>) {
    this.#child = child;
    this.url = url;
    this.ended = ended;
  }

  /** Starts the process and waits until it serves. @throws Failure (service_failed) if it ends */
  static async start(roles: readonly Role[], endpoints: Endpoints): Promise<RoleProcess> {
    const flags = ['--http-port', '0', '--log-level', 'warn'];
    const child = fork(packageFile('bin/run.js'), ['run', ...roles, ...flags], {
      env: { ...environment(), ...endpointsToEnvironment(endpoints) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
    });
    const observed = observeChild(child);
    const ended = observed.ended.then((end): never => {
      throw new Failure(`${roles.join(', ')} ended: ${describeEnd(end)}`, {
        code: 'service_failed',
      });
    });
    const { url = '' } = await Promise.race([observed.ready, ended]);
    // Nothing awaits it after disposal.
    ended.catch(() => undefined);
    return new RoleProcess(child, url, ended);
  }

  /** Ends it with a signal. @returns the exit code, or null if a signal ended it */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return exitCode;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM');
  }
}
