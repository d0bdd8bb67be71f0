import { expect, test } from 'vitest';

import { makeBatch } from '../../support/broker/batchBuilder.js';
import * as messages from './support/messages.js';
import type { RawClient } from './support/rawClient.js';
import { createTopic, fetchRequest, produceTo, recordsOf } from './support/requests.js';
import { rawClient, testBroker } from './support/testBroker.js';

const longMs = 50_000;

async function setUp() {
  const broker = await testBroker();
  const producer = await rawClient(broker.port);
  await createTopic(producer, 't');
  return { broker, producer, reader: await rawClient(broker.port) };
}

/** Sends a long poll and waits until the broker has received it: it has answered a later client. */
async function poll(reader: RawClient, other: RawClient, minBytes = 1): Promise<number> {
  const body = fetchRequest('t', 0, { maxWaitMs: longMs, minBytes });
  const id = reader.send(messages.fetch, 11, body);
  await new Promise((resolve) => reader.socket.write('', resolve));
  await other.call(messages.listGroups, 0, {});
  return id;
}

async function answerOf(reader: RawClient, id: number) {
  const answer = await reader.receive(messages.fetch, 11, id);
  const [partition] = answer.responses[0]?.partitions ?? [];
  return { ...partition, bytes: recordsOf(partition).length };
}

test('an append wakes a waiting fetch', async () => {
  const { producer, reader } = await setUp();
  const id = await poll(reader, producer);
  await produceTo(producer, 't', { values: ['a'] });
  expect(await answerOf(reader, id)).toMatchObject({ errorCode: 0, highWatermark: 1, bytes: 69 });
});

test('a fetch waits until minBytes are available', async () => {
  const { producer, reader } = await setUp();
  await produceTo(producer, 't', { values: ['a'] });
  const id = await poll(reader, producer, 200);
  await produceTo(producer, 't', { values: ['b'] });
  await produceTo(producer, 't', { values: ['c'] });
  expect(await answerOf(reader, id)).toMatchObject({ highWatermark: 3, bytes: 207 });
});

test('a fetch returns the available records when its wait time has passed', async () => {
  const { producer, reader } = await setUp();
  await produceTo(producer, 't', { values: ['a'] });
  const body = fetchRequest('t', 0, { maxWaitMs: 20, minBytes: 1000 });
  const id = reader.send(messages.fetch, 11, body);
  expect(await answerOf(reader, id)).toMatchObject({ errorCode: 0, bytes: 69 });
});

test('the deletion of the topic wakes a waiting fetch', async () => {
  const { producer, reader } = await setUp();
  const id = await poll(reader, producer);
  await producer.call(messages.deleteTopics, 3, { topicNames: ['t'], timeoutMs: 1000 });
  expect(await answerOf(reader, id)).toMatchObject({ errorCode: 3 });
});

test('a stop of the broker ends a waiting fetch', async () => {
  const { broker, producer, reader } = await setUp();
  await poll(reader, producer);
  await broker.stop();
  await reader.hungUp();
});

test('an error is returned immediately, regardless of the wait time', async () => {
  const { reader } = await setUp();
  for (const [offset, topic, errorCode] of [
    [1, 't', 1],
    [-1, 't', 1],
    [0, 'missing', 3],
  ] as const) {
    const body = fetchRequest(topic, offset, { maxWaitMs: longMs });
    const id = reader.send(messages.fetch, 11, body);
    expect(await answerOf(reader, id)).toMatchObject({ errorCode, bytes: 0 });
  }
});

test('fetch sessions are not supported', async () => {
  const { reader } = await setUp();
  const body = { ...fetchRequest('t', 0), sessionId: 5, sessionEpoch: 1 };
  expect(await reader.call(messages.fetch, 11, body)).toMatchObject({ errorCode: 70 });
  const fresh = { ...fetchRequest('t', 0), sessionEpoch: 0 };
  expect(await reader.call(messages.fetch, 11, fresh)).toMatchObject({
    errorCode: 0,
    sessionId: 0,
  });
});

test('one response has all batches that one produce request appends to several partitions', async () => {
  const { producer, reader } = await setUp();
  await createTopic(producer, 'wide', 3);
  const partitions = [0, 1, 2].map((partition) => ({
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: 0,
    logStartOffset: -1,
    partitionMaxBytes: 1000,
  }));
  const id = reader.send(messages.fetch, 11, {
    ...fetchRequest('wide', 0, { maxWaitMs: longMs }),
    topics: [{ topic: 'wide', partitions }],
  });
  await producer.call(messages.listGroups, 0, {});
  await producer.call(messages.produce, 7, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1000,
    topics: [
      {
        name: 'wide',
        partitions: [0, 1, 2].map((index) => ({ index, records: makeBatch({ values: ['a'] }) })),
      },
    ],
  });
  const answer = await reader.receive(messages.fetch, 11, id);
  const sizes = answer.responses[0]?.partitions.map((each) => recordsOf(each).length);
  expect(sizes).toEqual([69, 69, 69]);
});
