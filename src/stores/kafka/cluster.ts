import { createRequire } from 'node:module';

import type { Admin, Kafka, RetryOptions } from 'kafkajs';

import { StoreUnavailable } from '../errors.js';
import { errorOfCode } from './errors.js';

/**
 * What is used of kafkajs 2.2.4 below its public clients: its connections, its metadata and its
 * encoding of Kafka's protocol, without what the public clients decide on top of them.
 */
export interface Cluster {
  readonly brokerPool: {
    createBroker: (options: object) => Broker;
    readonly metadata: Metadata | null;
    /** Those that the metadata lists, by node id. */
    readonly brokers: Readonly<Record<string, Broker>>;
    /** Any broker that is connected; a bootstrap server while no metadata is loaded. */
    findConnectedBroker(): Promise<Broker>;
  };
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** Loads the metadata of a topic where that is not loaded. */
  addTargetTopic(topic: string): Promise<void>;
  /** Loads the metadata of every topic that was added; of all topics where none was. */
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  /** None where the topic's metadata is not loaded; throws where no metadata is. */
  findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[];
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string | number }): Promise<Broker>;
}

export interface PartitionMetadata {
  readonly partitionId: number;
  /** The broker's id; -1 where there is none now. */
  readonly leader: number;
}

export interface Broker {
  readonly connectionPool: {
    readonly host: string;
    readonly port: number;
    send<T>(request: ProtocolRequest<T>): Promise<T>;
  };
  fetch(request: object): Promise<unknown>;
  metadata(topics?: readonly string[]): Promise<Metadata>;
  initProducerId(request: {
    readonly transactionTimeout: number;
  }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>;
  /** The newest version of a request that the broker and kafkajs both speak. */
  lookupRequest<T>(apiKey: number, versions: unknown): (options: object) => ProtocolRequest<T>;
}

/** A request, and how its response is read: `parse` throws the first error that it holds. */
interface ProtocolRequest<T> {
  readonly request: object;
  readonly response: { readonly parse: (decoded: T) => Promise<T> };
}

interface Metadata {
  readonly brokers: readonly { readonly host: string; readonly port: number }[];
  readonly topicMetadata: readonly { readonly partitionMetadata: readonly object[] }[];
}

const requireKafkajs = createRequire(import.meta.url);

/** The versions of each request that kafkajs speaks. */
export const { requests } = requireKafkajs('kafkajs/src/protocol/requests') as {
  readonly requests: Record<'Metadata' | 'Produce', unknown>;
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
 * An inner client for which a partition without a leader is one whose leader is -1. In kafkajs 2.2.4
 * it fails every request that begins with the metadata of all topics: with one offline partition of
 * anybody's topic, no topic or group can be listed, created or deleted.
 * @param metadataMaxAge how old its metadata may get, ms; 0, as kafkajs has it for its administration
 *   client, means fresh metadata before each request
 */
export function createTolerantCluster(kafka: Kafka, metadataMaxAge = 0): Cluster {
  const cluster = createCluster(kafka, metadataMaxAge);
  const { brokerPool } = cluster;
  const { createBroker } = brokerPool;
  brokerPool.createBroker = (options) => {
    const broker = createBroker(options);
    broker.metadata = async (topics = []) => tolerantMetadata(broker, topics);
    return broker;
  };
  const findBroker = cluster.findBroker.bind(cluster);
  cluster.findBroker = async ({ nodeId }) => {
    if (Number(nodeId) === noLeader) throw errorOfCode(leaderNotAvailable);
    return findBroker({ nodeId });
  };
  return cluster;
}

/** kafkajs's administration client on such an inner client. */
export function createTolerantAdmin(kafka: Kafka, retry: RetryOptions): Admin {
  return createAdmin({ logger: kafka.logger(), retry, cluster: createTolerantCluster(kafka) });
}

async function tolerantMetadata(broker: Broker, topics: readonly string[]): Promise<Metadata> {
  const metadata = broker.lookupRequest<Metadata>(metadataKey, requests.Metadata);
  const protocol = metadata({ topics, allowAutoTopicCreation: false });
  const parse = async (decoded: Metadata): Promise<Metadata> => {
    // What is wrong with a topic as a whole is still an error.
    const whole = decoded.topicMetadata.map((topic) => ({ ...topic, partitionMetadata: [] }));
    await protocol.response.parse({ ...decoded, topicMetadata: whole });
    return decoded;
  };
  return broker.connectionPool.send({ ...protocol, response: { ...protocol.response, parse } });
}
