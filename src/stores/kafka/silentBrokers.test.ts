import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { createKafka } from './client.js';

/** What is tested of kafkajs's inner classes, with its patches. */
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
/** The sizes of what has arrived: one a request. */
let arrived: number[];

/** Accepts connections and answers nothing, as the kernel does for a stopped process. */
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

it('the connections to a broker that does not answer are closed', async () => {
  const pool = poolOf();
  const { port } = server.address() as AddressInfo;
  await expect(pool.send(request('Metadata', { topics: [] }))).rejects.toMatchObject({
    name: 'KafkaJSConnectionClosedError',
    host: '127.0.0.1',
    port,
  });
  expect(pool.isConnected()).toBe(false);
});

it('what else waits on them ends, too', async () => {
  const pool = poolOf();
  const first = pool.send(request('Metadata', { topics: [] }));
  const patient = pool.send({ ...request('ListGroups'), requestTimeout: 60_000 });
  await expect(first).rejects.toThrow('timed out');
  await expect(patient).rejects.toThrow('timed out');
});

it('while kafkajs connects, it goes on to the next broker of its list', async () => {
  await expect(poolOf().send(request('ApiVersions'))).rejects.toMatchObject({
    name: 'KafkaJSConnectionError',
  });
});

const member = { groupId: 'g', groupGenerationId: 1, memberId: 'm' };
const movedAway = { type: 'NOT_COORDINATOR_FOR_GROUP' };

function brokerOn(connectionPool: Pool): Broker {
  const broker = new BrokerClass({ connectionPool, logger, nodeId: 1 });
  broker.lookupRequest = lookup({ 12: { minVersion: 0, maxVersion: 0 } });
  return broker;
}

it('a coordinator that does not answer is none', async () => {
  await expect(brokerOn(poolOf()).heartbeat(member)).rejects.toMatchObject(movedAway);
});

it('nor is one that has left another request without an answer: it is not waited for again', async () => {
  const pool = poolOf();
  const broker = brokerOn(pool);
  await expect(pool.send(request('Metadata', { topics: [] }))).rejects.toThrow('timed out');
  const before = arrived.length;
  await expect(broker.heartbeat(member)).rejects.toMatchObject(movedAway);
  expect(arrived.length).toBe(before);
  // It may be the coordinator again when it has been looked for.
  await expect(broker.heartbeat(member)).rejects.toMatchObject(movedAway);
  expect(arrived.length).toBeGreaterThan(before);
});
