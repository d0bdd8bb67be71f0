import { createRequire } from 'node:module';

import { expect, it } from 'vitest';

import { createKafka } from './client.js';
import { createCluster, createTolerantCluster, type Broker } from './cluster.js';

const { lookup } = createRequire(import.meta.url)('kafkajs/src/protocol/requests') as {
  lookup: (versions: object) => Broker['lookupRequest'];
};
const [unknownTopic, leaderNotAvailable] = [3, 5];

/** A broker whose Metadata response has one topic with two partitions. */
function brokerOf(create: typeof createTolerantCluster, topicErrorCode: number): Broker {
  const kafka = createKafka({ brokers: ['127.0.0.1:1'] }, { clientId: 'test' });
  const decoded = {
    brokers: [],
    topicMetadata: [
      {
        topicErrorCode,
        topic: 'topic',
        partitionMetadata: [
          { partitionErrorCode: 0, partitionId: 0, leader: 1 },
          { partitionErrorCode: leaderNotAvailable, partitionId: 1, leader: -1 },
        ],
      },
    ],
  };
  const send = ({ response }: { response: { parse: (data: object) => Promise<object> } }) =>
    response.parse(decoded);
  const broker = create(kafka).brokerPool.createBroker({
    connectionPool: { connectionTimeout: 1_000, send },
    logger: kafka.logger(),
  });
  return Object.assign(broker, { lookupRequest: lookup({ 3: { minVersion: 0, maxVersion: 6 } }) });
}

it('a tolerant cluster returns metadata with an offline partition, which kafkajs rejects', async () => {
  const strict = brokerOf((kafka) => createCluster(kafka, 0), 0);
  await expect(strict.metadata()).rejects.toMatchObject({ type: 'LEADER_NOT_AVAILABLE' });
  expect(await brokerOf(createTolerantCluster, 0).metadata()).toMatchObject({
    topicMetadata: [{ partitionMetadata: [{ leader: 1 }, { leader: -1 }] }],
  });
});

it('a tolerant cluster rejects metadata with an error of a whole topic', async () => {
  const broker = brokerOf(createTolerantCluster, unknownTopic);
  await expect(broker.metadata()).rejects.toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION' });
});

it('a tolerant cluster finds no broker for an offline partition', async () => {
  const kafka = createKafka({ brokers: ['127.0.0.1:1'] }, { clientId: 'test' });
  const leader = createTolerantCluster(kafka).findBroker({ nodeId: -1 });
  await expect(leader).rejects.toMatchObject({ type: 'LEADER_NOT_AVAILABLE' });
});
