import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { endpointsToEnvironment, type Endpoints } from '../../config/endpoints.js';
import { environment } from '../../config/environment.js';
import type { Role } from '../../pipeline/contract/roles.js';
import { Failure } from '../../util/failure.js';
import { describeEnd, observeChild } from '../../util/observeChild.js';
import { packageFile } from '../../util/paths.js';

/** Roles in a separate process, as in an instance; a benchmark starts it when needed. */
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

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }
}
