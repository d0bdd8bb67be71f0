import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

import { errorOfCode } from './errors.js';

interface Connection {
  socket?: Socket | null;
  connectionStatus: string;
  rejectRequests(error: Error): void;
}

interface ProtocolRequest {
  readonly request: { readonly apiKey: number };
  readonly requestTimeout?: number;
}

interface ConnectionPool {
  readonly host: string;
  readonly port: number;
  readonly pool: readonly Connection[];
}

type Send = (this: ConnectionPool, request: ProtocolRequest) => Promise<unknown>;
type Heartbeat = (
  this: { readonly connectionPool: ConnectionPool },
  request: object,
) => Promise<unknown>;
type ErrorClass = new (message: string, details: object) => Error;

const requireKafkajs = createRequire(import.meta.url);
const { KafkaJSConnectionError, KafkaJSConnectionClosedError } = requireKafkajs(
  'kafkajs/src/errors',
) as Record<'KafkaJSConnectionError' | 'KafkaJSConnectionClosedError', ErrorClass>;

const apiKeys = { syncGroup: 14, apiVersions: 18 };
const notCoordinator = 16;

/** A SyncGroup is answered when the group's leader has sent its own: as late as a rebalance may take. */
const syncTimeoutMs = 20_000;

/** The errors of connections that were closed because the broker was silent. */
const silences = new WeakSet<Error>();

/** Brokers that were left, until a group that they coordinated looks for its coordinator again. */
const left = new WeakSet<ConnectionPool>();

/**
 * kafkajs 2.2.4 keeps a connection on which a request has timed out, prefers it to others for its
 * metadata because it is connected, and keeps asking a coordinator that does not answer. A broker that
 * hangs (a frozen machine, a cut cable) then blocks a client for as long as it hangs. As in Kafka's
 * Java client, a request that times out closes the connections to that broker, which kafkajs recovers
 * from: it removes the broker, refreshes its metadata, or tries the next of its list.
 */
export function leaveSilentBrokers(): void {
  const pools = requireKafkajs('kafkajs/src/network/connectionPool') as {
    prototype: { send: Send };
  };
  const { send } = pools.prototype;
  pools.prototype.send = async function (protocolRequest) {
    const { apiKey } = protocolRequest.request;
    const patient = apiKey === apiKeys.syncGroup ? { requestTimeout: syncTimeoutMs } : {};
    try {
      return await send.call(this, { ...protocolRequest, ...patient });
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'KafkaJSRequestTimeoutError') throw error;
      throw closeSilent(this, apiKey, error);
    }
  };

  const brokers = requireKafkajs('kafkajs/src/broker') as { prototype: { heartbeat: Heartbeat } };
  const { heartbeat } = brokers.prototype;
  brokers.prototype.heartbeat = async function (request) {
    // kafkajs looks for a group's coordinator again only where a broker says that it is none.
    if (left.delete(this.connectionPool)) throw errorOfCode(notCoordinator);
    try {
      return await heartbeat.call(this, request);
    } catch (error) {
      if (!(error instanceof Error) || !silences.has(error)) throw error;
      left.delete(this.connectionPool);
      throw errorOfCode(notCoordinator);
    }
  };
}

/** @returns what the requests on these connections fail with */
function closeSilent(broker: ConnectionPool, apiKey: number, cause: Error): Error {
  const { host, port, pool } = broker;
  // The one by which kafkajs, while it connects, takes the next broker of its list.
  const Closed =
    apiKey === apiKeys.apiVersions ? KafkaJSConnectionError : KafkaJSConnectionClosedError;
  const silence = new Closed(cause.message, { broker: `${host}:${port}`, host, port });
  silences.add(silence);
  left.add(broker);
  for (const connection of pool) {
    connection.rejectRequests(silence);
    connection.socket?.destroy();
    connection.connectionStatus = 'disconnected';
  }
  return silence;
}
