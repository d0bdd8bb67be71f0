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

/**
 * SyncGroup is answered only once the group leader has sent its own, which may take a whole
 * rebalance.
 */
const syncTimeoutMs = 20_000;

/** The errors of connections that were closed because the broker did not answer. */
const silenceErrors = new WeakSet<Error>();

/** Disconnected brokers, until a group that they coordinate looks up its coordinator again. */
const disconnected = new WeakSet<ConnectionPool>();

/**
 * Closes the connections to a broker when a request times out, as Kafka's Java client does. kafkajs
 * 2.2.4 keeps such a connection, prefers it for metadata requests because it is connected, and
 * keeps sending to a coordinator that does not answer. A broker that hangs (a frozen machine, a cut
 * cable) then blocks the client for as long as it hangs. kafkajs recovers from a closed connection:
 * it removes the broker, refreshes its metadata, or tries the next broker in its list.
 */
export function disconnectSilentBrokers(): void {
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
    // kafkajs looks up a group's coordinator again only if a broker responds that it is not the one.
    if (disconnected.delete(this.connectionPool)) throw errorOfCode(notCoordinator);
    try {
      return await heartbeat.call(this, request);
    } catch (error) {
      if (!(error instanceof Error) || !silenceErrors.has(error)) throw error;
      disconnected.delete(this.connectionPool);
      throw errorOfCode(notCoordinator);
    }
  };
}

/** Closes the connections to a broker. @returns the error of the requests on them */
function closeSilent(broker: ConnectionPool, apiKey: number, cause: Error): Error {
  const { host, port, pool } = broker;
  // While kafkajs connects, this error makes it try the next broker in its list.
  const Closed =
    apiKey === apiKeys.apiVersions ? KafkaJSConnectionError : KafkaJSConnectionClosedError;
  const silence = new Closed(cause.message, { broker: `${host}:${port}`, host, port });
  silenceErrors.add(silence);
  disconnected.add(broker);
  for (const connection of pool) {
    connection.rejectRequests(silence);
    connection.socket?.destroy();
    connection.connectionStatus = 'disconnected';
  }
  return silence;
}
