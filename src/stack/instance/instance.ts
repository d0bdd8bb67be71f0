import { join } from 'node:path';

import type { Endpoints } from '../../config/endpoints.js';
import { deferred } from '../../util/deferred.js';
import { Failure } from '../../util/failure.js';
import { identifySelf } from '../process/identity.js';
import { boundLog } from '../process/logFile.js';
import {
  SupervisedProcess,
  type ProcessSpec,
  type ProcessState,
} from '../process/supervisedProcess.js';
import type { StackKind, StackSelection } from '../select.js';
import { notAccessible } from './files.js';
import type { ProgressEvent } from './progress.js';
import { removeInstanceDirectory, removeTree } from './remove.js';
import {
  removeStateFile,
  writeStateFile,
  type InstanceState,
  type InstanceStatus,
} from './state.js';

/** How often log sizes are checked, and a failed write of the state is retried; ms. */
const tidyEveryMs = 5_000;

/** An instance that this process runs. */
export interface Instance extends AsyncDisposable {
  readonly name: string;
  /** The parent of its folder: GAMEMETRICS_HOME for a program that uses the instance. */
  readonly home: string;
  readonly kind: StackKind;
  readonly endpoints: Endpoints;
  /** The base URL of ingest; undefined if the roles do not run as children. */
  readonly url: string | undefined;
  state(): InstanceState;
  /** @returns a function that unsubscribes */
  onChange(listener: (state: InstanceState) => void): () => void;
  /**
   * Resolves when the supervisor of a process gives up; the caller then has to stop the instance.
   */
  readonly failed: Promise<Failure>;
  /**
   * Stops its processes in order: ingest, the other roles, the servers. Only its data and logs
   * remain. Idempotent.
   */
  stop(options?: { readonly wipe?: boolean }): Promise<void>;
}

export interface LocalInstanceOptions {
  readonly name: string;
  readonly home: string;
  readonly directory: string;
  readonly selection: StackSelection;
  readonly endpoints: Endpoints;
  /** Removes what the stack keeps outside the instance's folder. */
  readonly removeData: (() => Promise<void>) | undefined;
  readonly ephemeral: boolean;
  readonly report: (event: ProgressEvent) => void;
  readonly releaseLock: () => void;
  readonly killSignal: AbortSignal | undefined;
}

/** Runs processes as one instance and keeps instance.json up to date. */
export class LocalInstance implements Instance {
  readonly name: string;
  readonly home: string;
  readonly kind: StackKind;
  readonly endpoints: Endpoints;
  readonly failed: Promise<Failure>;
  readonly #failed = deferred<Failure>();
  readonly #options: LocalInstanceOptions;
  readonly #startedAt = new Date();
  readonly #supervisor = identifySelf();
  readonly #processes: SupervisedProcess[] = [];
  readonly #listeners = new Set<(state: InstanceState) => void>();
  #status: InstanceStatus = 'starting';
  #stopped: Promise<void> | undefined;
  #cannotWrite = false;
  readonly #tidying = setInterval(() => this.#tidy(), tidyEveryMs).unref();

  /** @throws Failure (invalid_argument) if its state cannot be written */
  constructor(options: LocalInstanceOptions) {
    this.name = options.name;
    this.home = options.home;
    this.kind = options.selection.kind;
    this.endpoints = options.endpoints;
    this.#options = options;
    this.failed = this.#failed.promise;
    options.killSignal?.addEventListener('abort', () => {
      for (const process of this.#processes) process.kill();
    });
    try {
      writeStateFile(this.state());
    } catch (error) {
      clearInterval(this.#tidying);
      throw notAccessible(error, options.directory);
    }
  }

  get url(): string | undefined {
    return this.#processes.find(({ spec }) => spec.roles.includes('ingest'))?.state().url;
  }

  state(): InstanceState {
    const { directory, selection } = this.#options;
    const { url } = this;
    return {
      name: this.name,
      directory,
      status: this.#status,
      stack: this.kind,
      reason: selection.reason,
      startedAt: this.#startedAt.toISOString(),
      supervisor: this.#supervisor,
      endpoints: this.endpoints,
      ...(url === undefined ? {} : { url }),
      processes: this.#processes.map((process) => process.state()),
    };
  }

  onChange(listener: (state: InstanceState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Starts a process under supervision and waits until it is ready.
   * @throws Failure: service_failed if it does not start, interrupted if the instance is stopping
   */
  async run(spec: ProcessSpec): Promise<void> {
    if (this.#stopped !== undefined) {
      throw new Failure(`${spec.name} was not started: the instance is stopping`, {
        code: 'interrupted',
      });
    }
    const process = new SupervisedProcess(spec, (state) => this.#changed(state));
    this.#processes.push(process);
    this.#options.report({ type: 'starting', process: spec.name });
    await process.start();
    void process.failed.then(this.#failed.resolve);
  }

  /** Marks the instance as running, once every process has started. */
  running(): void {
    this.#status = 'running';
    this.#publish();
  }

  stop({ wipe = false } = {}): Promise<void> {
    this.#stopped ??= this.#stop(wipe);
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(wipe: boolean): Promise<void> {
    const { directory, home, ephemeral, report, releaseLock, removeData } = this.#options;
    this.#status = 'stopping';
    this.#publish();
    const isIngest = ({ spec }: SupervisedProcess) => spec.roles.includes('ingest');
    const isServer = ({ spec }: SupervisedProcess) => spec.roles.length === 0;
    const order = [
      this.#processes.filter(isIngest),
      this.#processes.filter((process) => !isIngest(process) && !isServer(process)),
      this.#processes.filter(isServer),
    ];
    for (const group of order) {
      for (const { name } of group) report({ type: 'stopping', process: name });
      await Promise.all(group.map((process) => process.stop()));
    }
    clearInterval(this.#tidying);
    removeStateFile(directory);
    if (ephemeral || wipe) {
      await removeData?.().catch((error: unknown) => {
        releaseLock();
        throw error;
      });
    }
    if (ephemeral) await removeTree(home);
    else if (wipe) await removeInstanceDirectory(directory);
    else releaseLock();
  }

  #changed(state: ProcessState): void {
    this.#publish();
    if (this.#stopped !== undefined) return;
    const { name, url = '', lastExit = '', readyAfterMs = 0 } = state;
    const { report } = this.#options;
    if (state.state === 'ready') report({ type: 'ready', process: name, url, ms: readyAfterMs });
    if (state.state === 'restarting' && state.pid === undefined) {
      report({ type: 'restarting', process: name, reason: lastExit });
    }
  }

  #publish(): void {
    const state = this.state();
    this.#write(() => writeStateFile(state));
    for (const listener of this.#listeners) listener(state);
  }

  #tidy(): void {
    const { directory } = this.#options;
    const logs = this.#processes.map(({ spec }) => spec.log);
    this.#write(() => {
      for (const log of [...logs, join(directory, 'supervisor.log')]) boundLog(log);
      if (this.#cannotWrite) writeStateFile(this.state());
    });
  }

  /**
   * A full disk must not stop the instance, so a failed write is only reported, once per outage.
   */
  #write(write: () => void): void {
    try {
      write();
      this.#cannotWrite = false;
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      const where = this.#options.directory;
      const text = `cannot write in ${where} (${code}): status and logs are not up to date`;
      if (!this.#cannotWrite) this.#options.report({ type: 'notice', text });
      this.#cannotWrite = true;
    }
  }
}
