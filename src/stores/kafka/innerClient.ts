import { createRequire } from 'node:module';

import type { Kafka } from 'kafkajs';

import { StoreUnavailable } from '../errors.js';

/**
 * What is used of kafkajs 2.2.4 below its public clients: its connections and its encoding of
 * Kafka's protocol, without the decisions that the public clients make on top of them.
 */
export interface InnerCluster {
  readonly brokerPool: {
    readonly brokers: Readonly<Record<string, InnerBroker>>;
    /** Any broker that is connected; one of the bootstrap servers while no metadata is loaded. */
    findConnectedBroker(): Promise<InnerBroker>;
  };
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** Loads the metadata of a topic where that is not loaded. */
  addTargetTopic(topic: string): Promise<void>;
  /** Loads the metadata of every topic that was added. */
  refreshMetadata(): Promise<void>;
  /** None where the topic's metadata is not loaded; throws where none is loaded at all. */
  findTopicPartitionMetadata(topic: string): readonly InnerPartition[];
  /** Connects to a broker that the metadata lists. */
  findBroker(node: { readonly nodeId: string }): Promise<InnerBroker>;
}

export interface InnerPartition {
  readonly partitionId: number;
  /** The broker's id; -1 where there is none now. */
  readonly leader: number;
}

export interface InnerBroker {
  readonly connectionPool: {
    readonly host: string;
    readonly port: number;
    send(request: InnerRequest): Promise<unknown>;
  };
  /** The newest version of a request that the broker and kafkajs both speak. */
  lookupRequest(apiKey: number, versions: object): (parameters: object) => InnerRequest;
  initProducerId(request: {
    readonly transactionTimeout: number;
  }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>;
}

/** A request, and how its response is read: `parse` throws at the first error that it holds. */
export interface InnerRequest {
  readonly request: object;
  readonly response: {
    readonly decode: (payload: Buffer) => Promise<unknown>;
    readonly parse: (decoded: unknown) => Promise<unknown>;
  };
}

/** The versions of the Produce request. */
export const produceVersions = createRequire(import.meta.url)(
  'kafkajs/src/protocol/requests/produce',
) as object;

const createCluster = 'private:Kafka:createCluster';

/** @throws StoreUnavailable where this version of kafkajs keeps it elsewhere */
export function innerClusterOf(kafka: Kafka): InnerCluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === createCluster,
  );
  const create =
    symbol && (kafka as unknown as Record<symbol, (options: object) => InnerCluster>)[symbol];
  if (create === undefined) throw new StoreUnavailable('kafka', new Error('kafkajs is not 2.2.4'));
  return create({ metadataMaxAge: 60_000, allowAutoTopicCreation: false });
}
