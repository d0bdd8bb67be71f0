import { describe, expect, test } from 'vitest';

import { assignOffset } from '../../../src/broker/codec/recordBatch.js';
import { makeBatch } from '../../support/broker/batchBuilder.js';
import * as messages from './support/messages.js';
import { encodeRequest } from './support/rawClient.js';
import {
  createTopic,
  fetchRequest,
  produceRequest,
  produceTo,
  recordsOf,
} from './support/requests.js';
import { rawClient, testBroker } from './support/testBroker.js';

const noOne = { groupId: 'g', generationId: 1, memberId: 'x', groupInstanceId: null };

describe('an invalid request closes only its own connection', () => {
  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['TLS', Buffer.from('16030100f5010000f1030300', 'hex')],
    ['zeros', Buffer.alloc(100)],
    ['a size above the limit', Buffer.from('7fffffff00000000', 'hex')],
    ['an unknown API', Buffer.from('0000000a03e70000000000010000', 'hex')],
    ['a truncated body', Buffer.from('0000000c000c000000000001ffff00ff', 'hex')],
    [
      'an array of two billion items',
      Buffer.from('0000000e00030001' + '00000001ffff77777777', 'hex'),
    ],
    ['an unsupported version', encodeRequest(messages.heartbeat, 40, 1, noOne)],
  ])('%s', async (_name, bytes) => {
    const broker = await testBroker();
    const bystander = await rawClient(broker.port);
    const intruder = await rawClient(broker.port);
    intruder.socket.write(bytes);
    await intruder.hungUp();
    const answer = await bystander.call(messages.heartbeat, 0, noOne);
    expect(answer.errorCode).toBe(25);
  });
});

test('an unknown version of ApiVersions gets a response in version 0 with error 35', async () => {
  const client = await rawClient((await testBroker()).port);
  const body = { clientSoftwareName: 'x', clientSoftwareVersion: '1' };
  const id = client.send(messages.apiVersions, 9, body);
  const answer = await client.receive(messages.apiVersions, 0, id);
  expect(answer.errorCode).toBe(35);
  expect(answer.apiKeys).toContainEqual({ apiKey: 18, minVersion: 0, maxVersion: 3 });
});

test('responses are in the order of the requests, including long polls', async () => {
  const broker = await testBroker();
  const client = await rawClient(broker.port);
  await createTopic(client, 't');
  const poll = client.send(messages.fetch, 11, fetchRequest('t', 0, { maxWaitMs: 60_000 }));
  const beat = client.send(messages.heartbeat, 0, noOne);
  const list = client.send(messages.listGroups, 0, {});
  await produceTo(await rawClient(broker.port), 't', { values: ['wake'] });
  const fetched = await client.receive(messages.fetch, 11, poll);
  expect(fetched.responses[0]?.partitions[0]?.highWatermark).toBe(1);
  await client.receive(messages.heartbeat, 0, beat);
  await client.receive(messages.listGroups, 0, list);
});

describe('requests and TCP segments', () => {
  test('a request is reassembled from any pieces', async () => {
    const client = await rawClient((await testBroker()).port);
    const frame = encodeRequest(messages.heartbeat, 0, 77, noOne);
    for (const byte of frame) {
      client.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.receive(messages.heartbeat, 0, 77);
  });

  test('several requests in one segment are all answered', async () => {
    const client = await rawClient((await testBroker()).port);
    const frames = Array.from({ length: 5000 }, (_, id) =>
      encodeRequest(messages.heartbeat, 0, id, noOne),
    );
    client.socket.write(Buffer.concat(frames));
    for (let id = 0; id < 5000; id += 1) await client.receive(messages.heartbeat, 0, id);
  });
});

test('the broker stops reading from a client that does not read, without losing a request', async () => {
  const broker = await testBroker();
  const producer = await rawClient(broker.port);
  await createTopic(producer, 't');
  await produceTo(producer, 't', { values: ['x'.repeat(900_000)] });
  const lazy = await rawClient(broker.port);
  lazy.socket.pause();
  const before = process.memoryUsage().arrayBuffers;
  // 200 responses of 900 kB would take 180 MB if the broker built them all at once.
  const ids = Array.from({ length: 200 }, () =>
    lazy.send(messages.fetch, 11, fetchRequest('t', 0)),
  );
  await produceTo(producer, 't', { values: ['the broker still serves others'] });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60_000_000);
  lazy.socket.resume();
  for (const id of ids) {
    const answer = await lazy.receive(messages.fetch, 11, id);
    expect(answer.responses[0]?.partitions[0]?.errorCode).toBe(0);
  }
});

describe('a response of several megabytes', () => {
  const partitionMaxBytes = 10_000_000;

  /** A topic with nine megabytes in ten batches. */
  async function setUp() {
    const broker = await testBroker();
    const producer = await rawClient(broker.port);
    await createTopic(producer, 't');
    const values = Array.from({ length: 10 }, (_, index) => String(index).repeat(900_000));
    for (const value of values) await produceTo(producer, 't', { values: [value] });
    return { broker, producer, values };
  }

  test('arrives complete, and so does the next response', async () => {
    const { broker, values } = await setUp();
    const client = await rawClient(broker.port);
    const fetch = client.send(messages.fetch, 11, fetchRequest('t', 0, { partitionMaxBytes }));
    const beat = client.send(messages.heartbeat, 0, noOne);
    const answer = await client.receive(messages.fetch, 11, fetch);
    const records = recordsOf(answer.responses[0]?.partitions[0]);
    expect(records.equals(stored(values))).toBe(true);
    await client.receive(messages.heartbeat, 0, beat);
  });

  test('takes no broker memory while its client does not read', async () => {
    const { broker, producer } = await setUp();
    const before = process.memoryUsage().arrayBuffers;
    for (let reader = 0; reader < 20; reader += 1) {
      const lazy = await rawClient(broker.port);
      lazy.socket.pause();
      lazy.send(messages.fetch, 11, fetchRequest('t', 0, { partitionMaxBytes }));
    }
    await producer.call(messages.heartbeat, 0, noOne);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });

  test('ends and closes the connection if its topic is deleted in the meantime', async () => {
    const { broker, producer } = await setUp();
    const lazy = await rawClient(broker.port);
    lazy.socket.pause();
    lazy.send(messages.fetch, 11, fetchRequest('t', 0, { partitionMaxBytes }));
    await producer.call(messages.heartbeat, 0, noOne);
    await producer.call(messages.deleteTopics, 3, { topicNames: ['t'], timeoutMs: 1000 });
    lazy.socket.resume();
    expect((await lazy.frame())?.length).toBeUndefined();
  });
});

/** The log in which each value is a separate batch. */
function stored(values: readonly string[]): Buffer {
  return Buffer.concat(
    values.map((value, offset) => {
      const batch = makeBatch({ values: [value] });
      assignOffset(batch, offset, 0);
      return batch;
    }),
  );
}

describe('acks', () => {
  test('acks 0 gets no response, and the batch is stored', async () => {
    const broker = await testBroker();
    const client = await rawClient(broker.port);
    await createTopic(client, 't');
    client.send(messages.produce, 7, produceRequest('t', { values: ['a'] }, 0));
    expect((await produceTo(client, 't', { values: ['b'] }, 1)).baseOffset).toBe(1);
  });

  test('acks 0 with an error closes the connection', async () => {
    const client = await rawClient((await testBroker()).port);
    client.send(messages.produce, 7, produceRequest('missing', { values: ['a'] }, 0));
    await client.hungUp();
  });

  test('acks other than -1, 0 and 1 are rejected', async () => {
    const client = await rawClient((await testBroker()).port);
    await createTopic(client, 't');
    expect((await produceTo(client, 't', { values: ['a'] }, 2)).errorCode).toBe(21);
  });
});

test('a transactional id is rejected', async () => {
  const client = await rawClient((await testBroker()).port);
  await createTopic(client, 't');
  const initialised = await client.call(messages.initProducerId, 1, {
    transactionalId: 'tx',
    transactionTimeoutMs: 1000,
  });
  expect(initialised).toMatchObject({ errorCode: 42, producerId: -1 });
  const produced = await client.call(messages.produce, 7, {
    ...produceRequest('t', { values: ['a'] }),
    transactionalId: 'tx',
  });
  expect(produced.responses[0]?.partitions[0]?.errorCode).toBe(42);
  const coordinator = await client.call(messages.findCoordinator, 1, { key: 'tx', keyType: 1 });
  expect(coordinator.errorCode).toBe(42);
});

test('an error in one partition does not affect the others of a request', async () => {
  const client = await rawClient((await testBroker()).port);
  await createTopic(client, 't', 2);
  const answer = await client.call(messages.produce, 8, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 5000,
    topics: [
      {
        name: 't',
        partitions: [
          {
            index: 0,
            records: Buffer.from('no batch, but longer than a header would be: 61 bytes!!!!!!!'),
          },
          { index: 1, records: makeBatch({ values: ['a'] }) },
          { index: 2, records: makeBatch({ values: ['a'] }) },
        ],
      },
    ],
  });
  expect(answer.responses[0]?.partitions.map(({ errorCode }) => errorCode)).toEqual([2, 0, 3]);
});
