import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { endpointsToEnvironment, type Endpoints } from '../../config/endpoints.js';
import { environment } from '../../config/environment.js';
import type { ReadyMessage, Role } from '../../pipeline/contract/roles.js';
import { Failure } from '../../util/failure.js';
import { packageFile } from '../../util/paths.js';

/** Roles in a process of their own, as an instance has them, but started when a benchmark wants it. */
export class RoleProcess implements AsyncDisposable {
  readonly url: string;
  /** Rejects with a Failure when the process ends; nobody starts it again. */
  readonly ended: Promise<never>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string, ended: Promise<never>) {
    this.#child = child;
    this.url = url;
    this.ended = ended;
  }

  /** Starts the process and waits until it serves. @throws Failure where it ends instead */
  static async start(roles: readonly Role[], endpoints: Endpoints): Promise<RoleProcess> {
    const flags = ['--http-port', '0', '--log-level', 'warn'];
    const child = fork(packageFile('bin/run.js'), ['run', ...roles, ...flags], {
      env: { ...environment(), ...endpointsToEnvironment(endpoints) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
    });
    const ended = once(child, 'exit').then(([code, signal]): never => {
      throw new Failure(`${roles.join(', ')} ended with ${String(code ?? signal)}`, {
        exit: 'serviceFailed',
      });
    });
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [ReadyMessage];
    // Once it was disposed of, nobody waits for its end.
    ended.catch(() => undefined);
    return new RoleProcess(child, message.url, ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }
}
