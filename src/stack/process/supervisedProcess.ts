import type { Role } from '../../pipeline/contract/roles.js';
import { deferred } from '../../util/deferred.js';
import { Failure, type FailureCode } from '../../util/failure.js';
import { describeEnd } from '../../util/observeChild.js';
import { pause } from '../../util/pause.js';
import { reportedFailure, type FailedMessage } from '../../util/processMessages.js';
import { within } from '../../util/within.js';
import { startChild, type Child, type ChildSpec } from './child.js';
import { freeDiskSpace, reportsFullDisk } from './fullDisk.js';
import { logSize, quoteTail } from './logFile.js';
import { decideRestart } from './restartPolicy.js';

export interface ProcessSpec extends ChildSpec {
  /** Unique within the instance; `status` and `logs` print it. */
  readonly name: string;
  /** The pipeline roles that it runs; empty for a server. */
  readonly roles: readonly Role[];
  /** Called before each start and restart; cleans up after a run that was killed. */
  readonly beforeStart?: () => void;
  /** How long the process may take to become ready. */
  readonly startDeadlineMs: number;
  /** How long it may take to stop before it is killed. */
  readonly stopDeadlineMs: number;
  /** The fix for a full disk, if the process does not write to a disk of this machine. */
  readonly freeSpace?: string;
}

type ProcessPhase = 'starting' | 'ready' | 'restarting' | 'failed' | 'stopped';

/** What `status` shows of a process. */
export interface ProcessState {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly state: ProcessPhase;
  /** With `startTime`, the identity of the current process (see ProcessIdentity). */
  readonly pid?: number;
  readonly startTime?: string;
  /** The number of restarts since its instance started. */
  readonly restarts: number;
  /** Why its last run ended, in one line. */
  readonly lastExit?: string;
  /** How long its last start took to become ready; ms. */
  readonly readyAfterMs?: number;
  /** The URL at which it serves, once it has been ready. */
  readonly url?: string;
  /** Its log file. */
  readonly log: string;
}

/** Failures of a process that the command line can fix; any other is that of the process itself. */
const passedOn: readonly FailureCode[] = [
  'privileges_missing',
  'schema_missing',
  'schema_outdated',
  'store_unavailable',
  'topics_missing',
];

/**
 * Keeps one process running: starts it, restarts it when it exits unexpectedly, and gives up
 * with a Failure when restarts do not help (see decideRestart).
 */
export class SupervisedProcess {
  readonly spec: ProcessSpec;
  /** Resolves with the failure to report if it gives up after it has been ready. */
  readonly failed: Promise<Failure>;
  readonly #failed = deferred<Failure>();
  readonly #onChange: (state: ProcessState) => void;
  readonly #stopping = new AbortController();
  readonly #restarts: number[] = [];
  #supervision: Promise<void> = Promise.resolve();
  #child: Child | undefined;
  #phase: ProcessPhase = 'starting';
  #url: string | undefined;
  #readyAfterMs: number | undefined;
  #lastExit: string | undefined;

  /** @param onChange called after each change of its state; must not throw */
  constructor(spec: ProcessSpec, onChange: (state: ProcessState) => void) {
    this.spec = spec;
    this.#onChange = onChange;
    this.failed = this.#failed.promise;
  }

  get name(): string {
    return this.spec.name;
  }

  state(): ProcessState {
    const identity = this.#phase === 'stopped' ? undefined : this.#child?.identity;
    return {
      name: this.name,
      roles: this.spec.roles,
      state: this.#phase,
      ...identity,
      restarts: this.#restarts.length,
      ...(this.#lastExit === undefined ? {} : { lastExit: this.#lastExit }),
      ...(this.#readyAfterMs === undefined ? {} : { readyAfterMs: this.#readyAfterMs }),
      ...(this.#url === undefined ? {} : { url: this.#url }),
      log: this.spec.log,
    };
  }

  /**
   * Starts it and waits until it is ready.
   * @throws Failure: service_failed if it gives up before that, with the cause that the process
   * reported or else its last log lines; interrupted if it is stopped while it starts
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const supervision = this.#supervise(resolve).catch((cause: unknown) => {
        this.kill();
        return new Failure(`cannot run ${this.name}: ${String(cause)}`, {
          code: 'service_failed',
          cause,
        });
      });
      this.#supervision = supervision.then((failure) => {
        this.#child = undefined;
        this.#change(failure === undefined ? 'stopped' : 'failed');
        if (failure !== undefined) this.#failed.resolve(failure);
        // If it has been ready, start() has already resolved and this has no effect.
        reject(failure ?? new Failure(`${this.name} was stopped`, { code: 'interrupted' }));
      });
    });
  }

  /** Sends the stop signal, then SIGKILL once the stop deadline has passed. Idempotent. */
  async stop(): Promise<void> {
    if (!this.#isStopping()) {
      this.#stopping.abort();
      this.#child?.signal(this.spec.stopSignal);
      const killing = setTimeout(() => this.kill(), this.spec.stopDeadlineMs);
      await this.#supervision;
      clearTimeout(killing);
    }
    await this.#supervision;
  }

  /** Kills the process at once. */
  kill(): void {
    this.#child?.signal('SIGKILL');
  }

  /** @returns why it gave up; undefined if it was stopped */
  async #supervise(onReady: () => void): Promise<Failure | undefined> {
    let wasReady = false;
    let failedStarts = 0;
    while (!this.#isStopping()) {
      const logFrom = logSize(this.spec.log);
      this.spec.beforeStart?.();
      this.#child = startChild(this.spec);
      this.#change(this.#restarts.length === 0 ? 'starting' : 'restarting');
      const outcome = await this.#becomesReady(this.#child);
      if (outcome === 'ready') {
        wasReady = true;
        failedStarts = 0;
        this.#change('ready');
        onReady();
      } else {
        failedStarts += 1;
      }
      const end = await this.#child.ended;
      this.#lastExit = describeEnd(end);
      if (this.#isStopping()) break;

      const now = Date.now();
      const decision = decideRestart({ wasReady, failedStarts, restarts: this.#restarts }, now);
      if (outcome === 'too-late' && !wasReady) return this.#failure(this.#tooLate(), logFrom);
      if (decision.action === 'give-up') {
        return this.#failure(`${end.how} (${decision.reason})`, logFrom, end.failed);
      }
      this.#child = undefined;
      this.#change('restarting');
      const waited = await pause(decision.delayMs, this.#stopping.signal);
      if (waited) this.#restarts.push(Date.now());
    }
    return undefined;
  }

  /** Waits until a process is ready or has ended; kills it if it is not ready by its deadline. */
  async #becomesReady(child: Child): Promise<'ready' | 'ended' | 'too-late'> {
    const begin = performance.now();
    const settled = Promise.race([
      child.ready.then((url) => {
        this.#url = url;
        this.#readyAfterMs = Math.round(performance.now() - begin);
        return 'ready' as const;
      }),
      child.ended.then(({ type }) => type),
    ]);
    const outcome = await within(settled, this.spec.startDeadlineMs, () => 'too-late' as const);
    if (outcome === 'too-late') child.signal('SIGKILL');
    return outcome;
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #change(phase: ProcessPhase): void {
    this.#phase = phase;
    this.#onChange(this.state());
  }

  #tooLate(): string {
    return `not ready within ${this.spec.startDeadlineMs / 1000} s`;
  }

  /** @param reported the cause, as the process itself reported it */
  #failure(reason: string, logFrom: number, reported?: FailedMessage): Failure {
    const tail = quoteTail(this.spec.log, logFrom);
    const known = reported && reportedFailure(reported);
    const cause = reported === undefined ? tail : `: ${reported.message}`;
    const fixes = [
      reportsFullDisk(cause + tail) ? (this.spec.freeSpace ?? freeDiskSpace) : '',
      known?.cure ?? '',
      `The full log is ${this.spec.log}.`,
    ];
    return new Failure(`${this.name} does not keep running: ${reason}${cause}`, {
      code: known !== undefined && passedOn.includes(known.code) ? known.code : 'service_failed',
      facts: known?.facts ?? {},
      cure: fixes.filter((fix) => fix !== '').join('\n'),
    });
  }
}
