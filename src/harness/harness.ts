import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';

import { apiKeysFromEnvironment, clientApiKey } from '../config/apiKeys.js';
import { clockFileVariable } from '../config/clock.js';
import { endpointsFromEnvironment, type Endpoints } from '../config/endpoints.js';
import { environment } from '../config/environment.js';
import { toFailure } from '../diagnostics/toFailure.js';
import { IngestClient, type Outcome } from '../load/client.js';
import type { Submission } from '../pipeline/contract/event.js';
import { roles } from '../pipeline/contract/roles.js';
import { startRoles, type RunningRoles } from '../pipeline/roles.js';
import { prepareStores } from '../pipeline/runtime/prepare.js';
import { openStores, type Stores } from '../pipeline/runtime/stores.js';
import { repair, type Repaired } from '../pipeline/verify/repair.js';
import type { VerifyReport } from '../pipeline/verify/report.js';
import { verify } from '../pipeline/verify/verify.js';
import { waitDrained } from '../pipeline/waiting/drained.js';
import {
  environmentFor,
  startInstance,
  type Instance,
  type ProgressEvent,
} from '../stack/index.js';
import { createClients, type Clients } from '../stores/clients.js';
import { KafkaProducer } from '../stores/kafka/producer.js';
import { Failure } from '../util/failure.js';
import { advanceExpiries, ClockFile } from './advance.js';
import { createSpace, type Space } from './space.js';
import type { TestClock } from './testClock.js';

export interface GameMetricsOptions {
  /**
   * What the pipeline runs on: `embedded` brings everything along, `docker` runs containers,
   * `external` takes the services that the environment names, `auto` decides as `gamemetrics up`
   * does; or services given by address.
   */
  readonly stack?: 'auto' | 'embedded' | 'docker' | 'external' | Endpoints;
  /**
   * Where the roles run: in this process (fast, easy to debug), as supervised children (as in an
   * instance of the command line), or not at all.
   */
  readonly roles?: 'in-process' | 'children' | 'none';
  /** With `children`: each role in a process of its own. */
  readonly isolate?: boolean;
  /** On services that others use too: a database, topics and keys of its own, deleted at the end. */
  readonly isolated?: boolean;
  /**
   * The time that the pipeline goes by; the machine's when left out. What the roles decide by time
   * follows it, wherever they run: which events are from the future, which boards are open, when
   * Redis drops them. Not what Kafka and PostgreSQL do by themselves (retention, `created_at`).
   */
  readonly clock?: TestClock;
  /** Told how the start goes on. */
  readonly report?: (event: ProgressEvent) => void;
  readonly signal?: AbortSignal;
}

const waitMs = 60_000;
const deliveryMs = 30_000;

/** A running pipeline for tests: `await using gm = await createGameMetrics()`. */
export class GameMetrics implements AsyncDisposable {
  readonly endpoints: Endpoints;
  /** Plain clients of the stores. */
  readonly kafka: Clients['kafka'];
  readonly postgres: Clients['postgres'];
  readonly redis: Clients['redis'];
  /** The supervised processes, where there are any: their states and pids. */
  readonly instance: Instance;
  readonly #clients: Clients;
  #roles: RunningRoles | undefined;
  readonly #space: Space | undefined;
  readonly #stores: Stores;
  readonly #clock: TestClock | undefined;
  readonly #leaveClock: () => void;
  #stopped: Promise<void> | undefined;

  constructor(parts: {
    readonly instance: Instance;
    readonly endpoints: Endpoints;
    readonly space: Space | undefined;
    readonly stores: Stores;
    readonly clock: TestClock | undefined;
    /** Where children read the clock. */
    readonly clockFile: ClockFile | undefined;
  }) {
    this.instance = parts.instance;
    this.endpoints = parts.endpoints;
    this.#space = parts.space;
    this.#stores = parts.stores;
    const { clock, clockFile } = parts;
    this.#clock = clock;
    const left = clock?.onAdvance(async (byMs) => {
      clockFile?.write(clock);
      await advanceExpiries(this.#stores, byMs);
    });
    this.#leaveClock = () => {
      left?.();
      clockFile?.remove();
    };
    this.#clients = createClients(parts.endpoints);
    this.kafka = this.#clients.kafka;
    this.postgres = this.#clients.postgres;
    this.redis = this.#clients.redis;
  }

  /** Base URL of ingest. @throws Failure (not_running) with `roles: 'none'` */
  get url(): string {
    const url = this.#roles?.url ?? this.instance.url;
    if (url !== undefined) return url;
    throw new Failure('no ingest runs', { code: 'not_running', cure: "Leave out roles: 'none'." });
  }

  /**
   * Sends events through ingest's batch endpoint, each with an event_id of its own where it has none;
   * an outcome for each, in order. Tries again while ingest or Kafka is away, for 30 s.
   */
  async send(...events: readonly Submission[]): Promise<Outcome[]> {
    const client = new IngestClient(this.url, 1, clientApiKey(environment()));
    try {
      return await client.sendBatch(
        events.map((event) => JSON.stringify({ event_id: uuidv7(), ...event })),
        { deadlineMs: deliveryMs, signal: new AbortController().signal },
      );
    } finally {
      await client.close();
    }
  }

  /**
   * Waits until everything that was sent is in every store.
   * @throws Failure (timeout), the signal's reason once that is aborted
   */
  async waitDrained(timeoutMs = waitMs, signal?: AbortSignal): Promise<void> {
    await waitDrained(this.#stores, { timeoutMs, ...(signal === undefined ? {} : { signal }) });
  }

  /** Rows of a statement on the pipeline's database; bigint comes as number. */
  async query<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#stores.database.query<Row>(sql, values);
  }

  /** Compares the log and the stores with each other; events may flow meanwhile. */
  async verify(): Promise<VerifyReport> {
    return verify(this.#stores);
  }

  /** Rebuilds what differs, from the events; events may flow meanwhile. The roles must run. */
  async repair(): Promise<Repaired> {
    const producer = new KafkaProducer(this.endpoints.kafka, { clientId: 'gamemetrics-repair' });
    try {
      return await repair(this.#stores, { producer });
    } finally {
      await producer.stop();
    }
  }

  /**
   * Runs the pipeline's roles in this process, where they do not yet: with `roles: 'none'`, or after
   * {@link stopRoles}.
   */
  async startRoles(): Promise<void> {
    this.#roles ??= await runInProcess(this.endpoints, this.#clock);
  }

  /** Stops the roles that run in this process; the stores go on, and keep what is not yet consumed. */
  async stopRoles(): Promise<void> {
    const running = this.#roles;
    this.#roles = undefined;
    await running?.stop();
  }

  /** Stops and removes everything that was started. */
  async stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    await this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(): Promise<void> {
    this.#leaveClock();
    const steps = [
      async () => this.#clients.close(),
      async () => this.stopRoles(),
      async () => this.#stores[Symbol.asyncDispose](),
      async () => this.instance.stop(),
      async () => this.#space?.remove(),
    ];
    // Each is stopped whatever becomes of the others.
    const errors: unknown[] = [];
    for (const step of steps) await step().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  }
}

/**
 * Brings up a pipeline and waits until it serves. Several may run side by side.
 * @throws Failure with a cure where it cannot come up; nothing is left then
 */
export async function createGameMetrics(options: GameMetricsOptions = {}): Promise<GameMetrics> {
  const { stack = 'auto', isolate = false, clock, report = () => undefined } = options;
  const given = typeof stack === 'object' ? stack : undefined;
  const shared = options.isolated === true ? sharedBy(options) : undefined;
  const placed = options.roles ?? 'in-process';
  const clockFile = clock && placed === 'children' ? new ClockFile(clock) : undefined;
  let space: Space | undefined;
  let instance: Instance | undefined;
  let gm: GameMetrics | undefined;
  try {
    space = shared && (await createSpace(shared));
    const endpoints = space?.endpoints ?? given;
    const own = { ...environment(), [clockFileVariable]: clockFile?.path };
    instance = await startInstance({
      name: 'harness',
      home: '',
      stack: endpoints === undefined && typeof stack === 'string' ? stack : 'external',
      isolate,
      ephemeral: true,
      roles: placed === 'children' ? 'children' : 'none',
      prepare: async (where, signal) => {
        const { warnings } = await prepareStores(where, undefined, signal);
        for (const text of warnings) report({ type: 'warning', text });
      },
      report,
      signal: options.signal ?? new AbortController().signal,
      env: endpoints === undefined ? own : environmentFor(endpoints, own),
    });
    const { endpoints: opened } = instance;
    const stores = openStores(opened, clock);
    gm = new GameMetrics({ instance, endpoints: opened, space, stores, clock, clockFile });
    if (placed === 'in-process') await gm.startRoles();
    return gm;
  } catch (error) {
    clockFile?.remove();
    const started = gm ?? instance;
    // Why it did not come up is told, not what could not be cleared away for the same reason.
    await started?.stop().catch(() => undefined);
    if (gm === undefined) await space?.remove().catch(() => undefined);
    const where = instance?.endpoints ?? shared;
    throw where === undefined ? error : toFailure(error, where);
  }
}

async function runInProcess(
  endpoints: Endpoints,
  clock: TestClock | undefined,
): Promise<RunningRoles> {
  return startRoles({
    roles,
    endpoints,
    ...(clock === undefined ? {} : { clock }),
    http: { host: '127.0.0.1', port: 0 },
    apiKeys: apiKeysFromEnvironment(environment()),
    log: pino({ level: 'error' }, pino.destination({ dest: 2, sync: true })),
  });
}

/** The services that an isolated pipeline shares with others. */
function sharedBy({ stack }: GameMetricsOptions): Endpoints {
  if (typeof stack === 'object') return stack;
  if (stack === 'external') return endpointsFromEnvironment(environment());
  throw new Failure('an isolated pipeline needs services that it can share', {
    code: 'invalid_argument',
    cure: "Give them as stack (endpoints, or 'external'); an embedded stack is its own anyway.",
  });
}
