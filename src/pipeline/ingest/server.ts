import type { Registry } from 'prom-client';

import { addEventRoutes } from './events.js';
import { requireApiKey } from './http/apiKeys.js';
import { addHealthRoutes, type DependencyReport } from './http/health.js';
import {
  createHttpServer,
  listen,
  resource,
  type HttpServer,
  type HttpServerOptions,
  type Listening,
} from './http/server.js';
import { createIngestMetrics, measureRequests } from './metrics.js';
import { openApiDocument } from './openapi.js';
import type { EventProducer, EventReader } from './ports.js';
import { createPublish } from './publish.js';
import { addReadRoutes } from './reads.js';

export interface IngestOptions extends HttpServerOptions {
  readonly producer: EventProducer;
  readonly reader: EventReader;
  readonly ready: () => Promise<readonly DependencyReport[]>;
  readonly metrics: Registry;
  /** The prefix of the topic's name; may be empty. */
  readonly namespace: string;
  /** The accepted API keys; no key is required if empty, nor for health and metrics. */
  readonly apiKeys?: readonly string[];
  /** The clock, in milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Creates the ingest server with its routes, without listening. */
export function createIngest(options: IngestOptions): HttpServer {
  const { producer, namespace, apiKeys = [] } = options;
  const app = createHttpServer(options);
  measureRequests(app, options.metrics);
  requireApiKey(app, apiKeys);
  const metrics = createIngestMetrics(options.metrics, () => producer.queuedBytes);
  const publish = createPublish(producer, namespace, metrics);
  addEventRoutes(app, { publish, metrics, now: options.now ?? Date.now });
  addReadRoutes(app, options.reader);
  addHealthRoutes(app, options);
  const document = openApiDocument({ withKeys: apiKeys.length > 0 });
  resource(app, '/openapi.json', { GET: () => document });
  return app;
}

/**
 * Starts the ingest server. Its `stop` waits for the requests in flight; the caller must stop the
 * producer afterwards.
 * @throws Failure (service_failed) if it cannot listen on the address
 */
export async function startIngest(
  options: IngestOptions & { host: string; port: number },
): Promise<Listening> {
  return listen(createIngest(options), options.host, options.port);
}
