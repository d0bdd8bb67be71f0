import type { KafkaEndpoint } from '../../config/endpoints.js';
import { AdminConnection } from './adminConnection.js';
import { createKafka, readTimeoutMs, type KafkaClientOptions } from './client.js';
import { readLogRanges, type LogRange } from './logRanges.js';
import { untilKnown } from './newTopics.js';

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly retentionMs: number;
}

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
        .map(({ name, partitions, retentionMs }) => ({
          topic: name,
          numPartitions: partitions,
          configEntries: [
            { name: 'retention.ms', value: String(retentionMs) },
            // kafkajs reads no snappy, lz4 or zstd: the broker must not hand them on.
            { name: 'compression.type', value: 'uncompressed' },
          ],
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
