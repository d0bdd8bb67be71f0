import type { Consumer, Kafka } from 'kafkajs';
import { expect, onTestFinished, test } from 'vitest';

import { commitTo } from './support/requests.js';
import { kafkaClient, rawClient, testBroker } from './support/testBroker.js';

/** A promise that is resolved from outside. */
function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

interface Member {
  readonly consumer: Consumer;
  /** Resolves when it has been assigned exactly `partitions` partitions of the topic. */
  has(partitions: number): Promise<number[]>;
  /** `partition:offset` of each received record. */
  readonly got: string[];
}

async function member(
  kafka: Kafka,
  groupId: string,
  onGot: (id: string) => void = () => undefined,
) {
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: 10_000,
    heartbeatInterval: 100,
    // kafkajs can only stop between two fetches.
    maxWaitTimeInMs: 200,
  });
  onTestFinished(() => consumer.disconnect());
  let assigned: number[] = [];
  let wake = deferred<undefined>();
  consumer.on('consumer.group_join', ({ payload }) => {
    assigned = payload.memberAssignment['t'] ?? [];
    wake.resolve(undefined);
    wake = deferred();
  });
  await consumer.connect();
  await consumer.subscribe({ topic: 't', fromBeginning: true });
  const got: string[] = [];
  await consumer.run({
    eachMessage({ partition, message }) {
      const id = `${partition}:${message.offset}`;
      got.push(id);
      onGot(id);
      return Promise.resolve();
    },
  });
  const self: Member = {
    consumer,
    got,
    async has(partitions) {
      while (assigned.length !== partitions) await wake.promise;
      return assigned;
    },
  };
  return self;
}

async function setUp(partitions: number, dataDir?: string) {
  const broker = await testBroker(dataDir === undefined ? {} : { dataDir });
  const kafka = kafkaClient(broker.address);
  const admin = kafka.admin();
  const producer = kafka.producer();
  onTestFinished(async () => {
    await producer.disconnect();
    await admin.disconnect();
  });
  await admin.connect();
  await producer.connect();
  await admin.createTopics({ topics: [{ topic: 't', numPartitions: partitions }] });
  const send = async (count: number) => {
    const messages = Array.from({ length: count }, (_, index) => ({
      value: 'x',
      partition: index % partitions,
    }));
    await producer.send({ topic: 't', messages });
  };
  return { broker, kafka, admin, send };
}

test('two members share the partitions, and when one leaves, the other gets all of them', async () => {
  const { kafka, admin, send } = await setUp(4);
  const all = deferred<undefined>();
  const got: string[] = [];
  const onGot = (id: string) => {
    got.push(id);
    if (got.length === 8) all.resolve(undefined);
  };
  const first = await member(kafka, 'g', onGot);
  expect(await first.has(4)).toEqual([0, 1, 2, 3]);
  const second = await member(kafka, 'g', onGot);
  const shares = [await first.has(2), await second.has(2)];
  expect(shares.flat().sort()).toEqual([0, 1, 2, 3]);
  await send(8);
  await all.promise;
  expect(new Set(got).size).toBe(8);
  expect([first.got.length, second.got.length]).toEqual([4, 4]);

  const described = (await admin.describeGroups(['g'])).groups[0];
  expect(described).toMatchObject({ state: 'Stable', protocolType: 'consumer' });
  expect(described?.members).toHaveLength(2);
  expect((await admin.listGroups()).groups).toEqual([{ groupId: 'g', protocolType: 'consumer' }]);

  await second.consumer.disconnect();
  expect(await first.has(4)).toEqual([0, 1, 2, 3]);
  await first.consumer.disconnect();
  expect((await admin.describeGroups(['g'])).groups[0]?.state).toBe('Empty');
  expect((await admin.describeGroups(['never'])).groups[0]?.state).toBe('Dead');
});

test('committed offsets survive a restart, and a new member resumes at them', async () => {
  const first = await setUp(1);
  const three = deferred<undefined>();
  const before: Member = await member(first.kafka, 'g', () => {
    if (before.got.length === 3) three.resolve(undefined);
  });
  await first.send(3);
  await three.promise;
  await before.consumer.stop();
  await before.consumer.disconnect();
  expect(await first.admin.fetchOffsets({ groupId: 'g', topics: ['t'] })).toMatchObject([
    { topic: 't', partitions: [{ partition: 0, offset: '3' }] },
  ]);
  await first.broker.stop();

  const second = await setUp(1, first.broker.dataDir);
  await second.send(1);
  const one = deferred<undefined>();
  const after = await member(second.kafka, 'g', () => one.resolve(undefined));
  await one.promise;
  expect(after.got).toEqual(['0:3']);
});

test('the members of a group continue after a restart of the broker on the same port', async () => {
  const first = await setUp(1);
  const four = deferred<undefined>();
  const reader: Member = await member(first.kafka, 'g', () => {
    if (reader.got.length === 4) four.resolve(undefined);
  });
  await reader.has(1);
  await first.send(2);
  const { dataDir, port } = first.broker;
  await first.broker.stop();
  await testBroker({ dataDir, port });
  await first.send(2);
  await four.promise;
  expect([...new Set(reader.got)]).toEqual(['0:0', '0:1', '0:2', '0:3']);
});

test('offsets are set and fetched for a group without members', async () => {
  const { admin, send } = await setUp(2);
  await send(6);
  const partitions = [
    { partition: 0, offset: '2' },
    { partition: 1, offset: '1' },
  ];
  await admin.setOffsets({ groupId: 'g', topic: 't', partitions });
  expect(await admin.fetchOffsets({ groupId: 'g' })).toMatchObject([{ topic: 't', partitions }]);
});

test('a consumer with an out-of-range offset starts at its configured reset position', async () => {
  const { broker, kafka, send } = await setUp(1);
  await send(2);
  await commitTo(await rawClient(broker.port), 'g', 't', 99);
  const two = deferred<undefined>();
  const reader: Member = await member(kafka, 'g', () => {
    if (reader.got.length === 2) two.resolve(undefined);
  });
  await two.promise;
  expect(reader.got).toEqual(['0:0', '0:1']);
});
