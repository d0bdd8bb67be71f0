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
   * The stores: `embedded` runs bundled servers, `docker` runs containers, `external` uses the services
   * that the environment names, `auto` chooses like `gamemetrics up`, and an object gives addresses.
   */
  readonly stack?: 'auto' | 'embedded' | 'docker' | 'external' | Endpoints;
  /**
   * Where the roles run: in this process (fast, easy to debug), as supervised child processes (like an
   * instance that the command line starts), or not at all.
   */
  readonly roles?: 'in-process' | 'children' | 'none';
  /** With `children`: runs each role in a separate process. */
  readonly isolate?: boolean;
  /** On shared services: uses a separate database, topics and keys, which are deleted at the end. */
  readonly isolated?: boolean;
  /**
   * The pipeline's clock; by default the machine's. All roles follow it, wherever they run: it decides
   * which events are in the future, which boards are open, and when Redis expires them. Kafka and
   * PostgreSQL do not follow it (retention, `created_at`).
   */
  readonly clock?: TestClock;
  /** Called with the progress of the start. */
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
  /** The states and pids of the supervised processes, if any. */
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
    /** The file from which child processes read the clock. */
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
    throw new Failure('ingest is not running', {
      code: 'not_running',
      cure: "Omit roles: 'none'.",
    });
  }

  /**
   * Sends events through ingest's batch endpoint, and adds an event_id to each event without one.
   * Retries for 30 s while ingest or Kafka is unavailable.
   * @returns one outcome per event, in order
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
   * Waits until all events that were sent are in every store.
   * @throws Failure (timeout), or the signal's reason if it aborts
   */
  async waitDrained(timeoutMs = waitMs, signal?: AbortSignal): Promise<void> {
    await waitDrained(this.#stores, { timeoutMs, ...(signal === undefined ? {} : { signal }) });
  }

  /** Queries the pipeline's database; a bigint is returned as a number. */
  async query<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#stores.database.query<Row>(sql, values);
  }

  /** Compares the log and the stores with each other; events may flow meanwhile. */
  async verify(): Promise<VerifyReport> {
    return verify(this.#stores);
  }

  /** Rebuilds differences from the events; events may flow meanwhile. The roles must be running. */
  async repair(): Promise<Repaired> {
    await using producer = new KafkaProducer(this.endpoints.kafka, {
      clientId: 'gamemetrics-repair',
    });
    return await repair(this.#stores, { producer });
  }

  /**
   * Starts the pipeline's roles in this process, unless they already run here: with `roles: 'none'`, or
   * after {@link stopRoles}.
   */
  async startRoles(): Promise<void> {
    this.#roles ??= await runInProcess(this.endpoints, this.#clock);
  }

  /** Stops the roles in this process; the stores keep running, and keep unconsumed records. */
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
    // Each step runs even if others fail.
    const errors: unknown[] = [];
    for (const step of steps) await step().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  }
}

/**
 * Starts a pipeline and waits until it is ready. Several pipelines may run concurrently.
 * @throws Failure with a cure if it cannot start; everything that was started is removed
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
    // The start's error is thrown; an error of the cleanup usually has the same cause.
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
  throw new Failure('an isolated pipeline requires shared services', {
    code: 'invalid_argument',
    cure: "Set stack to endpoints or 'external'; an embedded stack is never shared.",
  });
}
