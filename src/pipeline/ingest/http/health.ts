import { collectDefaultMetrics, type Registry } from 'prom-client';

import { within } from '../../../util/within.js';
import {
  createHttpServer,
  listen,
  resource,
  type HttpServer,
  type HttpServerOptions,
  type Listening,
} from './server.js';

/** Whether a dependency of a role is available. */
export interface DependencyReport {
  /** Such as `kafka`, `postgres`, `redis`. */
  readonly name: string;
  readonly ready: boolean;
  /** The reason, if it is not ready. */
  readonly detail?: string;
}

export interface HealthOptions {
  /** Checks each dependency; a rejection counts as not ready. */
  readonly ready: () => Promise<readonly DependencyReport[]>;
  readonly metrics: Registry;
}

/** How long the check of the dependencies may take, in milliseconds; then the role is not ready. */
const readyDeadlineMs = 3_000;

/** Adds the metrics of the process: CPU, memory, event loop. Call it once per registry. */
export function addProcessMetrics(register: Registry): void {
  // The sampler is a timer; its default of 10 ms would keep waking an idle process.
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: 1_000 });
}

/** Adds GET /healthz (liveness), /readyz (each dependency by name) and /metrics (Prometheus). */
export function addHealthRoutes(app: HttpServer, options: HealthOptions): void {
  resource(app, '/healthz', { GET: () => ({ status: 'ok' }) });
  resource(app, '/readyz', {
    GET: async (_request, reply) => {
      const dependencies = await askDependencies(options.ready);
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
 * Serves only a role's health and metrics.
 * @throws Failure (service_failed) if it cannot listen on the address
 */
export async function startHealthServer(
  options: HealthOptions & HttpServerOptions & { host: string; port: number },
): Promise<Listening> {
  const app = createHttpServer(options);
  addHealthRoutes(app, options);
  return listen(app, options.host, options.port);
}

async function askDependencies(
  ready: HealthOptions['ready'],
): Promise<readonly DependencyReport[]> {
  try {
    return await within(ready(), readyDeadlineMs, () => {
      throw new Error(`no answer within ${readyDeadlineMs / 1000} s`);
    });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [{ name: 'dependencies', ready: false, detail }];
  }
}
