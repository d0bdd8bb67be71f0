import { createRequire } from 'node:module';

import { expect, it } from 'vitest';

import { createKafka } from './client.js';
import { createCluster, createTolerantCluster, type Broker } from './cluster.js';

const { lookup } = createRequire(import.meta.url)('kafkajs/src/protocol/requests') as {
  lookup: (versions: object) => Broker['lookupRequest'];
};
const [unknownTopic, leaderNotAvailable] = [3, 5];

/** A broker whose answer to a Metadata request has one topic of two partitions. */
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

it('an offline partition is part of the metadata, where kafkajs finds only an error', async () => {
  const strict = brokerOf((kafka) => createCluster(kafka, 0), 0);
  await expect(strict.metadata()).rejects.toMatchObject({ type: 'LEADER_NOT_AVAILABLE' });
  expect(await brokerOf(createTolerantCluster, 0).metadata()).toMatchObject({
    topicMetadata: [{ partitionMetadata: [{ leader: 1 }, { leader: -1 }] }],
  });
});

it('what is wrong with a topic as a whole is an error', async () => {
  const broker = brokerOf(createTolerantCluster, unknownTopic);
  await expect(broker.metadata()).rejects.toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION' });
});

it('nobody is the leader of an offline partition', async () => {
  const kafka = createKafka({ brokers: ['127.0.0.1:1'] }, { clientId: 'test' });
  const asked = createTolerantCluster(kafka).findBroker({ nodeId: -1 });
  await expect(asked).rejects.toMatchObject({ type: 'LEADER_NOT_AVAILABLE' });
});
