import { createRequire } from 'node:module';

import { Kafka, logLevel, type KafkaConfig, type LogEntry, type SASLOptions } from 'kafkajs';

import type { KafkaEndpoint, KafkaSasl } from '../../config/endpoints.js';
import { readTls } from '../tls.js';
import { isRebalance, loggedError } from './errors.js';
import { beginWithFreshBuffers } from './freshBuffers.js';
import { leaveSilentBrokers } from './silentBrokers.js';

/**
 * Where what a client has to say goes: one line each; `error` is kafkajs's words of the error in it.
 * That members of a group come and go is `info`.
 */
type KafkaLog = (level: 'info' | 'warn' | 'error', message: string, error?: string) => void;

export interface KafkaClientOptions {
  readonly clientId: string;
  /** The least of what is logged; warnings by default. */
  readonly level?: 'warn' | 'error';
  readonly log?: KafkaLog;
  /** How often a connection is tried anew; kafkajs's own 5 times when left out. */
  readonly retries?: number;
  /** How long an answer may take; half a minute when left out, ms. */
  readonly requestTimeoutMs?: number;
}

const connectTimeoutMs = 3_000;
const requestTimeoutMs = 30_000;

/**
 * How long an answer to a client that does not write may take, ms. More than the 9 s after which a
 * cluster by default replaces a broker that hangs, so that the next attempt finds the new leader.
 * What a producer sends may be answered later: a leader waits for such a broker, too.
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

/** How kafkajs reaches an endpoint. @throws Failure (usage) for a file that is no certificate */
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

/** kafkajs logs each answer that is an error as one, also those that a rebalance consists of. */
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
 * kafkajs 2.2.4 looks at each connection's queue every millisecond for as long as the process lives
 * (and with a negative timeout, which Node warns of): 4 % of a core for nothing. A look is due only
 * while requests wait, for a throttle or for a place in flight.
 */
function calmRequestQueue(): void {
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

calmRequestQueue();
beginWithFreshBuffers();
leaveSilentBrokers();
