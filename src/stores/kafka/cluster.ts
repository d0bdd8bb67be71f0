import { createRequire } from 'node:module';

import type { Admin, Kafka, RetryOptions } from 'kafkajs';

import { StoreUnavailable } from '../errors.js';
import { errorOfCode } from './errors.js';

/**
 * The internals of kafkajs 2.2.4 that are used without its public clients: its connections, metadata
 * and protocol encoding.
 */
export interface Cluster {
  readonly brokerPool: {
    createBroker: (options: object) => Broker;
    readonly metadata: Metadata | null;
    /** The brokers in the metadata, by node id. */
    readonly brokers: Readonly<Record<string, Broker>>;
    /** Any connected broker; a bootstrap server while no metadata is loaded. */
    findConnectedBroker(): Promise<Broker>;
  };
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** Loads the metadata of a topic unless it is loaded. */
  addTargetTopic(topic: string): Promise<void>;
  /** Loads the metadata of every added topic; of all topics if none was added. */
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  /** Empty if the topic's metadata is not loaded; throws if no metadata is loaded at all. */
  findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[];
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string | number }): Promise<Broker>;
}

export interface PartitionMetadata {
  readonly partitionId: number;
  /** The broker's id; -1 if the partition has no leader. */
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
  /** The newest version of a request that both the broker and kafkajs support. */
  lookupRequest<T>(apiKey: number, versions: unknown): (options: object) => ProtocolRequest<T>;
}

/** A request and the parser of its response; `parse` throws the first error in the response. */
interface ProtocolRequest<T> {
  readonly request: object;
  readonly response: { readonly parse: (decoded: T) => Promise<T> };
}

interface Metadata {
  readonly brokers: readonly { readonly host: string; readonly port: number }[];
  readonly topicMetadata: readonly { readonly partitionMetadata: readonly object[] }[];
}

const requireKafkajs = createRequire(import.meta.url);

/** The versions of each request that kafkajs supports. */
export const { requests } = requireKafkajs('kafkajs/src/protocol/requests') as {
  readonly requests: Record<'Metadata' | 'Produce', unknown>;
};
const createAdmin = requireKafkajs('kafkajs/src/admin') as (options: object) => Admin;

const createClusterName = 'private:Kafka:createCluster';
const metadataKey = 3;
const noLeader = -1;
const leaderNotAvailable = 5;

/**
 * kafkajs's internal cluster client.
 * @param metadataMaxAge the maximum age of its metadata, ms
 * @throws StoreUnavailable if the installed kafkajs has no such internal client
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
 * An internal client that accepts partitions without a leader and reports their leader as -1. In
 * kafkajs 2.2.4 such a partition fails every request that first loads the metadata of all topics: one
 * offline partition of any topic prevents topics and groups from being listed, created or deleted.
 * @param metadataMaxAge the maximum age of its metadata, ms; 0, kafkajs's default for administration
 *   clients, refreshes the metadata before each request
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

/** kafkajs's administration client on a tolerant cluster. */
export function createTolerantAdmin(kafka: Kafka, retry: RetryOptions): Admin {
  return createAdmin({ logger: kafka.logger(), retry, cluster: createTolerantCluster(kafka) });
}

async function tolerantMetadata(broker: Broker, topics: readonly string[]): Promise<Metadata> {
  const metadata = broker.lookupRequest<Metadata>(metadataKey, requests.Metadata);
  const protocol = metadata({ topics, allowAutoTopicCreation: false });
  const parse = async (decoded: Metadata): Promise<Metadata> => {
    // An error of a whole topic is still an error.
    const whole = decoded.topicMetadata.map((topic) => ({ ...topic, partitionMetadata: [] }));
    await protocol.response.parse({ ...decoded, topicMetadata: whole });
    return decoded;
  };
  return broker.connectionPool.send({ ...protocol, response: { ...protocol.response, parse } });
}
