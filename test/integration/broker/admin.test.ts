import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { ConfigResourceTypes, type Admin } from 'kafkajs';
import { expect, onTestFinished, test } from 'vitest';

import { commitTo } from './support/requests.js';
import { kafkaClient, rawClient, testBroker } from './support/testBroker.js';

async function setUp() {
  const broker = await testBroker();
  const kafka = kafkaClient(broker.address);
  const admin: Admin = kafka.admin({ retry: { retries: 0 } });
  onTestFinished(() => admin.disconnect());
  await admin.connect();
  return { broker, kafka, admin };
}

test('topics are created, described and deleted', async () => {
  const { admin, broker } = await setUp();
  const topics = [
    { topic: 'three', numPartitions: 3 },
    { topic: 'one', configEntries: [{ name: 'retention.ms', value: '1234' }] },
  ];
  expect(await admin.createTopics({ topics, waitForLeaders: true })).toBe(true);
  expect(await admin.createTopics({ topics })).toBe(false);
  expect(await admin.listTopics()).toEqual(['one', 'three']);
  const { topics: described } = await admin.fetchTopicMetadata({ topics: ['three'] });
  expect(described[0]?.partitions.map(({ partitionId, leader }) => [partitionId, leader])).toEqual(
    [0, 1, 2].map((partition) => [partition, 1]),
  );
  await admin.deleteTopics({ topics: ['three'] });
  expect(await admin.listTopics()).toEqual(['one']);
  expect(readdirSync(join(broker.dataDir, 'topics'))).toHaveLength(1);
});

test('the cluster description has an address that clients can use', async () => {
  const { admin, broker } = await setUp();
  expect(await admin.describeCluster()).toEqual({
    brokers: [{ nodeId: 1, host: '127.0.0.1', port: broker.port }],
    controller: 1,
    clusterId: broker.clusterId,
  });
});

test.each([
  ['a space in the name', { topic: 'a b' }, 'INVALID_TOPIC_EXCEPTION'],
  ['no partitions', { topic: 't', numPartitions: 0 }, 'INVALID_PARTITIONS'],
  ['a million partitions', { topic: 't', numPartitions: 1_000_000 }, 'INVALID_PARTITIONS'],
  ['three replicas', { topic: 't', replicationFactor: 3 }, 'INVALID_REPLICATION_FACTOR'],
  [
    'an unknown setting',
    { topic: 't', configEntries: [{ name: 'nope', value: '1' }] },
    'INVALID_CONFIG',
  ],
  [
    'compaction',
    { topic: 't', configEntries: [{ name: 'cleanup.policy', value: 'compact' }] },
    'INVALID_CONFIG',
  ],
])('a topic with %s is rejected', async (_name, topic, type) => {
  const { admin } = await setUp();
  await expect(admin.createTopics({ topics: [topic] })).rejects.toMatchObject({
    errors: [{ type }],
  });
  expect(await admin.listTopics()).toEqual([]);
});

test('a topic that is only validated is not created', async () => {
  const { admin } = await setUp();
  expect(
    await admin.createTopics({
      topics: [{ topic: 't' }],
      validateOnly: true,
      waitForLeaders: false,
    }),
  ).toBe(true);
  expect(await admin.listTopics()).toEqual([]);
});

test('settings are described with their source', async () => {
  const { admin } = await setUp();
  const configEntries = [{ name: 'retention.ms', value: '1234' }];
  await admin.createTopics({ topics: [{ topic: 't', configEntries }] });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [
      { type: ConfigResourceTypes.TOPIC, name: 't', configNames: ['retention.ms', 'segment.ms'] },
      { type: ConfigResourceTypes.BROKER, name: '1', configNames: ['num.partitions'] },
    ],
  });
  expect(
    resources.map(({ configEntries: entries }) =>
      entries.map(({ configName, configValue, configSource }) => [
        configName,
        configValue,
        configSource,
      ]),
    ),
  ).toEqual([
    [
      ['retention.ms', '1234', 1],
      ['segment.ms', '604800000', 5],
    ],
    [['num.partitions', '1', 4]],
  ]);
});

test('a metadata request creates a missing topic only if auto creation is enabled', async () => {
  for (const [autoCreateTopics, expected] of [
    [true, ['asked']],
    [false, []],
  ] as const) {
    const broker = await testBroker({ autoCreateTopics });
    const kafka = kafkaClient(broker.address);
    const producer = kafka.producer({ allowAutoTopicCreation: true, retry: { retries: 0 } });
    const admin = kafka.admin();
    onTestFinished(async () => {
      await producer.disconnect();
      await admin.disconnect();
    });
    await producer.connect();
    await admin.connect();
    const sent = producer.send({ topic: 'asked', messages: [{ value: 'x' }] });
    await sent.catch((error: unknown) => {
      expect(error).toMatchObject({ cause: { type: 'UNKNOWN_TOPIC_OR_PARTITION' } });
    });
    expect(await admin.listTopics()).toEqual(expected);
  }
});

test('a recreated topic starts at offset 0 and has no records of the old one', async () => {
  const { admin, kafka, broker } = await setUp();
  const client = await rawClient(broker.port);
  const producer = kafka.producer();
  onTestFinished(() => producer.disconnect());
  await producer.connect();
  for (const count of [3, 2]) {
    await admin.createTopics({ topics: [{ topic: 't' }] });
    const messages = Array.from({ length: count }, () => ({ value: 'x' }));
    const [sent] = await producer.send({ topic: 't', messages });
    expect(sent?.baseOffset).toBe('0');
    await commitTo(client, 'g', 't', 1);
    await admin.deleteTopics({ topics: ['t'] });
  }
  await admin.createTopics({ topics: [{ topic: 't' }] });
  const [offsets] = await admin.fetchTopicOffsets('t');
  expect(offsets).toMatchObject({ low: '0', high: '0' });
  expect(await admin.fetchOffsets({ groupId: 'g', topics: ['t'] })).toMatchObject([
    { partitions: [{ partition: 0, offset: '-1' }] },
  ]);
});

test('offsets are found by timestamp', async () => {
  const { admin, kafka } = await setUp();
  await admin.createTopics({ topics: [{ topic: 't' }] });
  const producer = kafka.producer();
  onTestFinished(() => producer.disconnect());
  await producer.connect();
  const messages = [1000, 2000, 3000].map((time) => ({ value: 'x', timestamp: String(time) }));
  await producer.send({ topic: 't', messages });
  const offsetAt = async (time: number) =>
    (await admin.fetchTopicOffsetsByTimestamp('t', time))[0]?.offset;
  expect(await offsetAt(0)).toBe('0');
  expect(await offsetAt(1001)).toBe('1');
  expect(await offsetAt(3000)).toBe('2');
  // After the last record, kafkajs returns the log end offset.
  expect(await offsetAt(3001)).toBe('3');
});
