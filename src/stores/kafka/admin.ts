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
  /** The brokers' default if omitted. */
  readonly replicationFactor?: number;
  /** The brokers' default if omitted. */
  readonly minInsyncReplicas?: number;
}

/** The brokers that hold a partition, by id. */
export interface PartitionReplicas {
  readonly partition: number;
  /** -1 if the partition has no leader. */
  readonly leader: number;
  /** The preferred leader first; includes replicas on brokers that are down. */
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

/** The cluster metadata that the user is allowed to see. */
export interface ClusterTopics {
  /** The ids of the brokers that are alive. */
  readonly brokers: readonly number[];
  /** The partitions of each topic, in order; includes Kafka's internal topics. */
  readonly topics: ReadonlyMap<string, readonly PartitionReplicas[]>;
}

// Node.js does not detect this named export of a CommonJS module.
const { ConfigResourceTypes } = kafkajs;

const minInsyncConfig = 'min.insync.replicas';

/** A Kafka administration client with one long-lived connection. */
export class KafkaAdmin {
  readonly #connection: AdminConnection;

  constructor(endpoint: KafkaEndpoint, options: KafkaClientOptions) {
    this.#connection = new AdminConnection(
      createKafka(endpoint, { requestTimeoutMs: readTimeoutMs, ...options }),
    );
  }

  /** Creates the topics that do not exist; existing topics are left unchanged. */
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
      // If another process has created one in the meantime, kafkajs returns false and does not throw.
      await admin.createTopics({ topics, waitForLeaders: false });
      await untilKnown(
        admin,
        topics.map(({ topic }) => topic),
      );
    });
  }

  /** The number of partitions of each topic that exists and is visible to the user, by name. */
  async partitionCounts(names: readonly string[]): Promise<Map<string, number>> {
    return this.#connection.run(async (admin) => {
      const visible = new Set(await admin.listTopics());
      const existing = names.filter((name) => visible.has(name));
      if (existing.length === 0) return new Map<string, number>();
      const { topics } = await admin.fetchTopicMetadata({ topics: existing });
      return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
    });
  }

  /** The brokers, and every topic that is visible to the user. */
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
   * `min.insync.replicas` by topic. The map is empty while a broker does not know one of the topics
   * because it is being created or deleted.
   * @returns undefined if the user lacks the DescribeConfigs permission on one of them
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

  /** Deletes the topics; those that do not exist are ignored. */
  async deleteTopics(names: readonly string[]): Promise<void> {
    await this.#connection.run(async (admin) => {
      const existing = new Set(await admin.listTopics());
      const topics = names.filter((name) => existing.has(name));
      if (topics.length > 0) await admin.deleteTopics({ topics });
    });
  }

  /**
   * The log range of each partition of a topic, in order.
   * @throws StoreUnavailable if one has no leader
   */
  async logRanges(topic: string): Promise<LogRange[]> {
    return this.#connection.run(async (admin) => readLogRanges(admin, topic));
  }

  /** Disconnects once the requests in flight have completed. */
  async close(): Promise<void> {
    await this.#connection.close();
  }
}

function configEntries({ retentionMs, minInsyncReplicas }: TopicSpec) {
  const entries = [
    { name: 'retention.ms', value: String(retentionMs) },
    // kafkajs cannot read snappy, lz4 or zstd, so the broker must store batches uncompressed.
    { name: 'compression.type', value: 'uncompressed' },
  ];
  return minInsyncReplicas === undefined
    ? entries
    : [...entries, { name: minInsyncConfig, value: String(minInsyncReplicas) }];
}
