import type { Logger } from 'pino';
import { Registry } from 'prom-client';

import { systemClock, type Clock } from '../config/clock.js';
import type { Endpoints } from '../config/endpoints.js';
import { toFailure } from '../diagnostics/toFailure.js';
import { StoreUnavailable } from '../stores/errors.js';
import { KafkaAdmin } from '../stores/kafka/admin.js';
import { KafkaProducer } from '../stores/kafka/producer.js';
import { Database } from '../stores/postgres/database.js';
import { RedisStore } from '../stores/redis/client.js';
import { describeError } from '../util/describeError.js';
import { Failure } from '../util/failure.js';
import { startConsumers, type RunningConsumers } from './consumers/consumers.js';
import type { Role } from './contract/roles.js';
import { topicName, type ConsumerRole } from './contract/topics.js';
import {
  addProcessMetrics,
  startHealthServer,
  type DependencyReport,
} from './ingest/http/health.js';
import type { Listening } from './ingest/http/server.js';
import { startIngest } from './ingest/server.js';
import { readProgress } from './observe/progress.js';
import { getEvent } from './read/event.js';
import { getLeaderboard } from './read/leaderboard.js';
import { getPlayerStatistics } from './read/player.js';
import { checkRequirements } from './requirements.js';
import type { PipelineContext } from './runtime/context.js';
import { registerLag } from './runtime/lagMetric.js';
import { createConsumerMetrics } from './runtime/metrics.js';

export interface RolesOptions {
  readonly roles: readonly Role[];
  readonly endpoints: Endpoints;
  /**
   * The address of ingest's API, or of the consumers' health and metrics; port 0 picks a free port.
   */
  readonly http: { readonly host: string; readonly port: number };
  /** The API keys that ingest accepts; if omitted, it requires none. */
  readonly apiKeys?: readonly string[];
  readonly log: Logger;
  /** The machine's clock if omitted. */
  readonly clock?: Clock;
}

/** The roles that run in this process. */
export interface RunningRoles {
  /** The base URL of ingest's API, or of the consumers' health and metrics. */
  readonly url: string;
  /** Rejects when a role fails and cannot continue; never resolves. */
  readonly failed: Promise<never>;
  /** Completes ingest's requests and the consumers' batches, then closes all connections. */
  stop(): Promise<void>;
}

/** How long a partition may acknowledge nothing before ingest rejects its events, ms. */
const stalledAfterMs = 5_000;

/** Connections to PostgreSQL: one transaction per partition and consumer, plus rebuilds and reads. */
const connections = 14;

/**
 * Starts roles in this process; resolves when they are serving.
 * @throws Failure (service_failed) if a store cannot be used or the port is in use
 */
export async function startRoles(options: RolesOptions): Promise<RunningRoles> {
  const { endpoints, log, roles, clock = systemClock } = options;
  const { now } = clock;
  const application = `gamemetrics-${roles.join('-')}`;
  const clientId = application;
  const kafkaLog = (level: 'info' | 'warn' | 'error', message: string): void => log[level](message);
  const registry = new Registry();
  addProcessMetrics(registry);
  const context: PipelineContext = {
    namespace: endpoints.namespace,
    database: new Database(endpoints.postgres, { application, connections }),
    redis: new RedisStore(endpoints.redis, { application, aheadMs: clock.aheadMs }),
    // The consumers' output is bounded by their batches; only ingest needs a limit.
    producer: new KafkaProducer(endpoints.kafka, {
      clientId,
      log: kafkaLog,
      maxQueuedBytes: Infinity,
    }),
    admin: new KafkaAdmin(endpoints.kafka, { clientId, log: kafkaLog }),
    log,
    metrics: createConsumerMetrics(registry),
    now,
  };
  const ingestProducer = new KafkaProducer(endpoints.kafka, {
    clientId,
    log: kafkaLog,
    stalledAfterMs,
  });
  registerLag(registry, async () => readProgress(context, roles.filter(isConsumer)));
  let consumers: RunningConsumers | undefined;
  let http: Listening | undefined;
  const stop = async (): Promise<void> => {
    await http?.stop();
    await consumers?.stop();
    await Promise.all([ingestProducer.stop(), context.producer.stop()]);
    await context.admin.close();
    await context.redis.close();
    await context.database.close();
  };
  try {
    await checkRequirements(context, roles, endpoints);
    const writer = roles.includes('ingest') ? ingestProducer : context.producer;
    await connect(context, writer);
    const ready = async (): Promise<DependencyReport[]> =>
      dependencies(context, roles, writer, consumers);
    const serving = { ...options.http, log, ready, metrics: registry };
    http = roles.includes('ingest')
      ? await startIngest({
          ...serving,
          apiKeys: options.apiKeys ?? [],
          producer: ingestProducer,
          namespace: context.namespace,
          now,
          reader: {
            getEvent: async (id) => getEvent(context.database, id),
            getPlayerStatistics: async (id) => getPlayerStatistics(context.database, id),
            getLeaderboard: async (query) =>
              getLeaderboard(context, { ...query, atMs: query.atMs ?? now() }),
          },
        })
      : await startHealthServer(serving);
    consumers = await startConsumers(context, roles.filter(isConsumer), endpoints.kafka);
    return { url: http.url, failed: consumers.failed, stop };
  } catch (error) {
    await stop();
    throw toFailure(error, endpoints);
  }
}

/** Connects to Kafka, which must be available, and to Redis, which consumers can wait for. */
async function connect({ redis, log }: PipelineContext, producer: KafkaProducer): Promise<void> {
  await producer.start();
  try {
    await redis.connect();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    log.warn(`${error.message}; retrying until it answers`);
  }
}

function isConsumer(role: Role): role is ConsumerRole {
  return role !== 'ingest';
}

/** Checks the dependencies of the roles. */
async function dependencies(
  { admin, database, namespace, redis }: PipelineContext,
  roles: readonly Role[],
  producer: KafkaProducer,
  consumers: RunningConsumers | undefined,
): Promise<DependencyReport[]> {
  const checks: Record<string, () => Promise<unknown>> = {
    kafka: async () => {
      producer.assertWritable();
      await admin.logRanges(topicName(namespace, 'raw'));
    },
  };
  if (roles.some(isConsumer)) checks['postgres'] = async () => database.query('SELECT 1');
  if (roles.includes('statistics') || roles.includes('leaderboard')) {
    checks['redis'] = async () => redis.ping();
  }
  for (const role of roles.filter(isConsumer)) {
    checks[role] = () => {
      const waiting = consumers === undefined ? 'is joining its group' : consumers.waiting(role);
      return waiting === undefined
        ? Promise.resolve()
        : Promise.reject(new Failure(waiting, { code: 'service_failed' }));
    };
  }
  return Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<DependencyReport> => {
      try {
        await check();
        return { name, ready: true };
      } catch (error) {
        return { name, ready: false, detail: describeError(error) };
      }
    }),
  );
}
