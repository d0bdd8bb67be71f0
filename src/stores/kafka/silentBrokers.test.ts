import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { createKafka } from './client.js';

/** The tested parts of kafkajs's internal classes, with the patches applied. */
interface Pool {
  isConnected(): boolean;
  send(request: object): Promise<unknown>;
}
interface Broker {
  lookupRequest: unknown;
  heartbeat(request: object): Promise<unknown>;
}

const requireKafkajs = createRequire(import.meta.url);
const ConnectionPool = requireKafkajs('kafkajs/src/network/connectionPool') as new (
  options: object,
) => Pool;
const BrokerClass = requireKafkajs('kafkajs/src/broker') as new (options: object) => Broker;
const { lookup, requests } = requireKafkajs('kafkajs/src/protocol/requests') as {
  lookup: (versions: object) => unknown;
  requests: Record<string, { protocol: (version: object) => (request: object) => object }>;
};
const createSocket = requireKafkajs('kafkajs/src/network/socketFactory') as () => unknown;

let server: Server;
let sockets: Socket[];
/** The size of each request that the server has received. */
let arrived: number[];

/** Accepts connections and never answers, as the kernel does for a stopped process. */
beforeEach(async () => {
  sockets = [];
  arrived = [];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (chunk) => arrived.push(chunk.length));
    socket.on('error', () => undefined);
  });
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
});

const logger = createKafka({ brokers: ['127.0.0.1:1'] }, { clientId: 'test' }).logger();

function poolOf(): Pool {
  const { port } = server.address() as AddressInfo;
  return new ConnectionPool({
    host: '127.0.0.1',
    port,
    logger,
    socketFactory: createSocket(),
    clientId: 'test',
    connectionTimeout: 1_000,
    requestTimeout: 100,
  });
}

function request(name: string, body: object = {}): object {
  return requests[name]?.protocol({ version: 0 })(body) ?? {};
}

it('a request timeout closes the connections to the broker', async () => {
  const pool = poolOf();
  const { port } = server.address() as AddressInfo;
  await expect(pool.send(request('Metadata', { topics: [] }))).rejects.toMatchObject({
    name: 'KafkaJSConnectionClosedError',
    host: '127.0.0.1',
    port,
  });
  expect(pool.isConnected()).toBe(false);
});

it('a request timeout also fails the other requests on these connections', async () => {
  const pool = poolOf();
  const first = pool.send(request('Metadata', { topics: [] }));
  const patient = pool.send({ ...request('ListGroups'), requestTimeout: 60_000 });
  await expect(first).rejects.toThrow('timed out');
  await expect(patient).rejects.toThrow('timed out');
});

it('a timeout while connecting makes kafkajs try the next broker', async () => {
  await expect(poolOf().send(request('ApiVersions'))).rejects.toMatchObject({
    name: 'KafkaJSConnectionError',
  });
});

const member = { groupId: 'g', groupGenerationId: 1, memberId: 'm' };
const notCoordinator = { type: 'NOT_COORDINATOR_FOR_GROUP' };

function brokerOn(connectionPool: Pool): Broker {
  const broker = new BrokerClass({ connectionPool, logger, nodeId: 1 });
  broker.lookupRequest = lookup({ 12: { minVersion: 0, maxVersion: 0 } });
  return broker;
}

it('a heartbeat timeout is reported as a lost coordinator', async () => {
  await expect(brokerOn(poolOf()).heartbeat(member)).rejects.toMatchObject(notCoordinator);
});

it('after another request timeout, the next heartbeat fails without being sent', async () => {
  const pool = poolOf();
  const broker = brokerOn(pool);
  await expect(pool.send(request('Metadata', { topics: [] }))).rejects.toThrow('timed out');
  const before = arrived.length;
  await expect(broker.heartbeat(member)).rejects.toMatchObject(notCoordinator);
  expect(arrived.length).toBe(before);
  // The group may find the same coordinator again, so later heartbeats are sent.
  await expect(broker.heartbeat(member)).rejects.toMatchObject(notCoordinator);
  expect(arrived.length).toBeGreaterThan(before);
});
