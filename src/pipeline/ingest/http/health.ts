import { collectDefaultMetrics, type Registry } from 'prom-client';

import {
  createHttpServer,
  listen,
  resource,
  type HttpServer,
  type HttpServerOptions,
  type Listening,
} from './server.js';

/** Whether one thing that a role cannot work without is there. */
export interface DependencyReport {
  /** Such as `kafka`, `postgres`, `redis`. */
  readonly name: string;
  readonly ready: boolean;
  /** What is wrong, in words, where it is not ready. */
  readonly detail?: string;
}

export interface HealthOptions {
  /** Asks each dependency; a rejection counts as not ready. */
  readonly ready: () => Promise<readonly DependencyReport[]>;
  readonly metrics: Registry;
}

/** How long the dependencies may take to answer, in milliseconds; after it the role is not ready. */
const readyDeadlineMs = 3_000;

/** Adds the process's own metrics: CPU, memory, event loop. Once a registry. */
export function addProcessMetrics(register: Registry): void {
  // Its sampler is a timer: at its default of 10 ms it would wake an idle process all the time.
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: 1_000 });
}

/** Adds GET /healthz (liveness), /readyz (each dependency by name) and /metrics (Prometheus). */
export function addHealthRoutes(app: HttpServer, options: HealthOptions): void {
  resource(app, '/healthz', { GET: () => ({ status: 'ok' }) });
  resource(app, '/readyz', {
    GET: async (_request, reply) => {
      const dependencies = await readyWithin(options.ready, readyDeadlineMs);
      const ready = dependencies.every((dependency) => dependency.ready);
      reply.code(ready ? 200 : 503).header('cache-control', 'no-store');
      return { status: ready ? 'ready' : 'not ready', dependencies };
    },
  });
  resource(app, '/metrics', {
    GET: async (_request, reply) => {
      reply.header('content-type', options.metrics.contentType);
      return options.metrics.metrics();
    },
  });
}

/**
 * Serves a role's health and metrics, and nothing else.
 * @throws Failure (serviceFailed) where it cannot listen there
 */
export async function startHealthServer(
  options: HealthOptions & HttpServerOptions & { host: string; port: number },
): Promise<Listening> {
  const app = createHttpServer(options);
  addHealthRoutes(app, options);
  return listen(app, options.host, options.port);
}

async function readyWithin(
  ready: HealthOptions['ready'],
  deadlineMs: number,
): Promise<readonly DependencyReport[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const expire = () => reject(new Error(`no answer within ${deadlineMs / 1000} s`));
    timer = setTimeout(expire, deadlineMs);
  });
  try {
    return await Promise.race([ready(), late]);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [{ name: 'dependencies', ready: false, detail }];
  } finally {
    clearTimeout(timer);
  }
}
