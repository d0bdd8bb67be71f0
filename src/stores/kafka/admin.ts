import kafkajs from 'kafkajs';

import type { KafkaEndpoint } from '../../config/endpoints.js';
import { AdminConnection } from './adminConnection.js';
import { createKafka, readTimeoutMs, type KafkaClientOptions } from './client.js';
import { isMissingTopic, isUnauthorized } from './errors.js';
import { readLogRanges, type LogRange } from './logRanges.js';
import { untilKnown } from './newTopics.js';

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly retentionMs: number;
  /** The brokers' default when left out. */
  readonly replicationFactor?: number;
  /** The brokers' default when left out. */
  readonly minInsyncReplicas?: number;
}

/** Where a partition is, by the ids of brokers. */
export interface PartitionReplicas {
  readonly partition: number;
  /** -1 where there is none now. */
  readonly leader: number;
  /** The one that leads by preference first; those on a broker that is down included. */
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

/** What Kafka's metadata shows a user. */
export interface ClusterTopics {
  /** The ids of the brokers that are alive. */
  readonly brokers: readonly number[];
  /** The partitions of each topic, in their order; Kafka's own topics included. */
  readonly topics: ReadonlyMap<string, readonly PartitionReplicas[]>;
}

// Node.js does not see this export of a CommonJS module by its name.
const { ConfigResourceTypes } = kafkajs;

const minInsyncConfig = 'min.insync.replicas';

/** Kafka's administration, over one connection that is kept. */
export class KafkaAdmin {
  readonly #connection: AdminConnection;

  constructor(endpoint: KafkaEndpoint, options: KafkaClientOptions) {
    this.#connection = new AdminConnection(
      createKafka(endpoint, { requestTimeoutMs: readTimeoutMs, ...options }),
    );
  }

  /** Creates the topics that are missing and leaves the others as they are. */
  async createTopics(specs: readonly TopicSpec[]): Promise<void> {
    await this.#connection.run(async (admin) => {
      const existing = new Set(await admin.listTopics());
      const topics = specs
        .filter(({ name }) => !existing.has(name))
        .map((spec) => ({
          topic: spec.name,
          numPartitions: spec.partitions,
          replicationFactor: spec.replicationFactor ?? -1,
          configEntries: configEntries(spec),
        }));
      if (topics.length === 0) return;
      // Another starter may have created one meanwhile: kafkajs answers false then, and no error.
      await admin.createTopics({ topics, waitForLeaders: false });
      await untilKnown(
        admin,
        topics.map(({ topic }) => topic),
      );
    });
  }

  /** How many partitions each of the topics has that exist, and that the user may see. */
  async partitionCounts(names: readonly string[]): Promise<Map<string, number>> {
    return this.#connection.run(async (admin) => {
      const visible = new Set(await admin.listTopics());
      const existing = names.filter((name) => visible.has(name));
      if (existing.length === 0) return new Map<string, number>();
      const { topics } = await admin.fetchTopicMetadata({ topics: existing });
      return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
    });
  }

  /** The brokers, and every topic that the user may see. */
  async describeCluster(): Promise<ClusterTopics> {
    return this.#connection.run(async (admin) => {
      const { brokers } = await admin.describeCluster();
      const { topics } = await admin.fetchTopicMetadata();
      return {
        brokers: brokers.map(({ nodeId }) => nodeId),
        topics: new Map(
          topics.map(({ name, partitions }) => [
            name,
            partitions
              .map(({ partitionId: partition, leader, replicas, isr }) => ({
                partition,
                leader,
                replicas,
                inSync: isr,
              }))
              .sort((a, b) => a.partition - b.partition),
          ]),
        ),
      };
    });
  }

  /**
   * `min.insync.replicas` of topics, by topic; of none while a broker does not know one of them (yet),
   * which is being created or deleted.
   * @returns undefined where the user lacks the right DescribeConfigs on one of them
   */
  async minInsyncReplicas(names: readonly string[]): Promise<Map<string, number> | undefined> {
    if (names.length === 0) return new Map();
    try {
      return await this.#connection.run(async (admin) => {
        const { resources } = await admin.describeConfigs({
          resources: names.map((name) => ({
            type: ConfigResourceTypes.TOPIC,
            name,
            configNames: [minInsyncConfig],
          })),
          includeSynonyms: false,
        });
        return new Map(
          resources.flatMap(({ resourceName, configEntries: entries }) =>
            entries.map(({ configValue }) => [resourceName, Number(configValue)] as const),
          ),
        );
      });
    } catch (error) {
      if (isUnauthorized(error)) return undefined;
      if (isMissingTopic(error)) return new Map();
      throw error;
    }
  }

  /** Deletes those of the topics that exist. */
  async deleteTopics(names: readonly string[]): Promise<void> {
    await this.#connection.run(async (admin) => {
      const existing = new Set(await admin.listTopics());
      const topics = names.filter((name) => existing.has(name));
      if (topics.length > 0) await admin.deleteTopics({ topics });
    });
  }

  /** Of every partition of a topic, by partition. @throws StoreUnavailable where one has no leader */
  async logRanges(topic: string): Promise<LogRange[]> {
    return this.#connection.run(async (admin) => readLogRanges(admin, topic));
  }

  /** Disconnects when what is under way has ended. */
  async close(): Promise<void> {
    await this.#connection.close();
  }
}

function configEntries({ retentionMs, minInsyncReplicas }: TopicSpec) {
  const entries = [
    { name: 'retention.ms', value: String(retentionMs) },
    // kafkajs reads no snappy, lz4 or zstd: the broker must not hand them on.
    { name: 'compression.type', value: 'uncompressed' },
  ];
  return minInsyncReplicas === undefined
    ? entries
    : [...entries, { name: minInsyncConfig, value: String(minInsyncReplicas) }];
}
