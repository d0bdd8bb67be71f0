import { createRequire } from 'node:module';

import type { Admin, Kafka, RetryOptions } from 'kafkajs';

import { StoreUnavailable } from '../errors.js';

/** What is used of kafkajs 2.2.4's inner client. */
export interface Cluster {
  readonly brokerPool: {
    createBroker: (options: object) => Broker;
    readonly metadata: Metadata | null;
  };
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string | number }): Promise<Broker>;
}

export interface Broker {
  readonly connectionPool: { send<T>(request: ProtocolRequest<T>): Promise<T> };
  fetch(request: object): Promise<unknown>;
  metadata(topics?: readonly string[]): Promise<Metadata>;
  lookupRequest(
    apiKey: number,
    definition: unknown,
  ): (options: object) => ProtocolRequest<Metadata>;
}

interface ProtocolRequest<T> {
  readonly request: object;
  readonly response: { readonly parse: (decoded: T) => Promise<T> };
}

interface Metadata {
  readonly brokers: readonly { readonly host: string; readonly port: number }[];
  readonly topicMetadata: readonly { readonly partitionMetadata: readonly object[] }[];
}

const requireKafkajs = createRequire(import.meta.url);
const { requests } = requireKafkajs('kafkajs/src/protocol/requests') as {
  requests: Record<'Metadata', unknown>;
};
const { createErrorFromCode } = requireKafkajs('kafkajs/src/protocol/error') as {
  readonly createErrorFromCode: (code: number) => Error;
};
const createAdmin = requireKafkajs('kafkajs/src/admin') as (options: object) => Admin;

const createClusterName = 'private:Kafka:createCluster';
const metadataKey = 3;
const noLeader = -1;
const leaderNotAvailable = 5;

/**
 * kafkajs's inner client.
 * @param metadataMaxAge how old its metadata may get, ms
 * @throws StoreUnavailable where this version of kafkajs keeps it elsewhere
 */
export function createCluster(kafka: Kafka, metadataMaxAge: number): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === createClusterName,
  );
  const create =
    symbol && (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol];
  if (create === undefined) throw new StoreUnavailable('kafka', new Error('kafkajs is not 2.2.4'));
  return create({ metadataMaxAge, allowAutoTopicCreation: false });
}

/**
 * An inner client with fresh metadata before each request, as kafkajs gives it to its administration
 * client, for which a partition without a leader is one whose leader is -1. In that of kafkajs 2.2.4
 * it fails every request that begins with the metadata of all topics: with one offline partition of
 * anybody's topic, no topic or group can be listed, created or deleted.
 */
export function createTolerantCluster(kafka: Kafka): Cluster {
  const cluster = createCluster(kafka, 0);
  const { brokerPool } = cluster;
  const { createBroker } = brokerPool;
  brokerPool.createBroker = (options) => {
    const broker = createBroker(options);
    broker.metadata = async (topics = []) => tolerantMetadata(broker, topics);
    return broker;
  };
  const findBroker = cluster.findBroker.bind(cluster);
  cluster.findBroker = async ({ nodeId }) => {
    if (Number(nodeId) === noLeader) throw createErrorFromCode(leaderNotAvailable);
    return findBroker({ nodeId });
  };
  return cluster;
}

/** kafkajs's administration client on such an inner client. */
export function createTolerantAdmin(kafka: Kafka, retry: RetryOptions): Admin {
  return createAdmin({ logger: kafka.logger(), retry, cluster: createTolerantCluster(kafka) });
}

async function tolerantMetadata(broker: Broker, topics: readonly string[]): Promise<Metadata> {
  const metadata = broker.lookupRequest(metadataKey, requests.Metadata);
  const protocol = metadata({ topics, allowAutoTopicCreation: false });
  const parse = async (decoded: Metadata): Promise<Metadata> => {
    // What is wrong with a topic as a whole is still an error.
    const whole = decoded.topicMetadata.map((topic) => ({ ...topic, partitionMetadata: [] }));
    await protocol.response.parse({ ...decoded, topicMetadata: whole });
    return decoded;
  };
  return broker.connectionPool.send({ ...protocol, response: { ...protocol.response, parse } });
}
