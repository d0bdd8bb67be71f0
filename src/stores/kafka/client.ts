import { createRequire } from 'node:module';

import { Kafka, logLevel, type KafkaConfig, type LogEntry, type SASLOptions } from 'kafkajs';

import type { KafkaEndpoint, KafkaSasl } from '../../config/endpoints.js';
import { readTls } from '../tls.js';
import { isRebalance, loggedError } from './errors.js';
import { clearBuffersOnConnect } from './freshBuffers.js';
import { disconnectSilentBrokers } from './silentBrokers.js';

/**
 * Receives a client's log lines, one per call; `error` is the text of kafkajs's error, if there is
 * one. Rebalances are logged as `info`.
 */
type KafkaLog = (level: 'info' | 'warn' | 'error', message: string, error?: string) => void;

export interface KafkaClientOptions {
  readonly clientId: string;
  /** The minimum level that kafkajs logs; warnings by default. */
  readonly level?: 'warn' | 'error';
  readonly log?: KafkaLog;
  /** How often a failed connection or request is retried; kafkajs's default of 5 if omitted. */
  readonly retries?: number;
  /** The request timeout, ms; 30 s if omitted. */
  readonly requestTimeoutMs?: number;
}

const connectTimeoutMs = 3_000;
const requestTimeoutMs = 30_000;

/**
 * The request timeout of a client that does not write, ms. It is longer than the 9 s after which a
 * cluster fences a broker that hangs (by default), so that a retry finds the new leader. A produce
 * request has a timeout of its own, because its leader also waits for the other replicas.
 */
export const readTimeoutMs = 10_000;

/** A kafkajs client for an endpoint. */
export function createKafka(endpoint: KafkaEndpoint, options: KafkaClientOptions): Kafka {
  return new Kafka({
    clientId: options.clientId,
    ...kafkaOptions(endpoint),
    connectionTimeout: connectTimeoutMs,
    requestTimeout: options.requestTimeoutMs ?? requestTimeoutMs,
    ...(options.retries === undefined ? {} : { retry: { retries: options.retries } }),
    logLevel: options.level === 'error' ? logLevel.ERROR : logLevel.WARN,
    logCreator: () => (entry) => options.log?.(levelOf(entry), messageOf(entry), errorOf(entry)),
  });
}

/** kafkajs's options for an endpoint. @throws Failure (invalid_setting) if a file is not a certificate */
export function kafkaOptions({
  brokers,
  tls,
  sasl,
}: KafkaEndpoint): Pick<KafkaConfig, 'brokers' | 'ssl' | 'sasl'> {
  return {
    brokers: [...brokers],
    ...(tls === undefined ? {} : { ssl: { ...readTls(tls) } }),
    ...(sasl === undefined ? {} : { sasl: saslOptions(sasl) }),
  };
}

function saslOptions({ mechanism, username, password }: KafkaSasl): SASLOptions {
  switch (mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password };
  }
}

/** kafkajs logs every error response as an error, including those that are part of a rebalance. */
function levelOf(entry: LogEntry): 'info' | 'warn' | 'error' {
  if (isRebalance(loggedError(errorOf(entry) ?? entry.log.message))) return 'info';
  return entry.level === logLevel.ERROR ? 'error' : 'warn';
}

function messageOf(entry: LogEntry): string {
  const error = errorOf(entry);
  const detail = error === undefined ? '' : `: ${error}`;
  return `kafkajs ${entry.namespace}: ${entry.log.message}${detail}`;
}

function errorOf({ log }: LogEntry): string | undefined {
  const error: unknown = log['error'];
  return typeof error === 'string' ? error : undefined;
}

interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
}

/**
 * kafkajs 2.2.4 polls the request queue of each connection every millisecond for the life of the
 * process (with a negative timeout, which Node.js warns about), which costs 4 % of a core. Polling is
 * needed only while requests wait, for a throttle to end or for a slot in flight.
 */
function pollOnlyPendingRequests(): void {
  const RequestQueueClass = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
    prototype: { scheduleCheckPendingRequests: unknown };
  };
  const schedule = RequestQueueClass.prototype.scheduleCheckPendingRequests as (
    this: RequestQueue,
  ) => void;
  RequestQueueClass.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}

pollOnlyPendingRequests();
clearBuffersOnConnect();
disconnectSilentBrokers();
