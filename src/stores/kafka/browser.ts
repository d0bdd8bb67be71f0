import type { Admin, Kafka } from 'kafkajs';

import type { KafkaEndpoint } from '../../config/endpoints.js';
import { AdminConnection } from './adminConnection.js';
import { createKafka, type KafkaClientOptions } from './client.js';
import { RecordFetcher } from './fetcher.js';

/** A partition of a topic: where it is and what it holds. */
export interface BrowsedPartition {
  readonly partition: number;
  /** The broker's id; -1 where there is none now. */
  readonly leader: number;
  readonly start: number;
  readonly end: number;
}

export interface BrowsedTopic {
  readonly name: string;
  readonly partitions: readonly BrowsedPartition[];
}

/** How far a group has told Kafka that it is, in one partition. */
export interface BrowsedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly committed: number;
  readonly end: number;
  readonly lag: number;
}

export interface BrowsedGroup {
  readonly group: string;
  readonly state: string;
  /** Who consumes: client id and host. */
  readonly members: readonly { readonly client: string; readonly host: string }[];
  readonly offsets: readonly BrowsedOffset[];
}

/** Where to begin to read a topic. */
export type ReadFrom =
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'offset'; readonly offset: number }
  /** The last so many of each partition. */
  | { readonly kind: 'last'; readonly records: number }
  | { readonly kind: 'time'; readonly atMs: number };

/** Looks at a Kafka without leaving anything there: no group, no commit, no topic. */
export class KafkaBrowser implements AsyncDisposable {
  readonly #kafka: Kafka;
  readonly #connection: AdminConnection;
  readonly #fetchers = new Map<string, RecordFetcher>();

  constructor(endpoint: KafkaEndpoint, options: KafkaClientOptions) {
    this.#kafka = createKafka(endpoint, options);
    this.#connection = new AdminConnection(this.#kafka);
  }

  /** Every topic, Kafka's own left out, by name. @throws StoreUnavailable */
  async topics(): Promise<BrowsedTopic[]> {
    return this.#connection.run(async (admin) => {
      const { topics } = await admin.fetchTopicMetadata();
      const own = topics.filter(({ name }) => !name.startsWith('__'));
      const browsed = await Promise.all(
        own.map(async ({ name, partitions }): Promise<BrowsedTopic> => {
          const leaders = new Map(partitions.map((each) => [each.partitionId, each.leader]));
          const offsets = await admin.fetchTopicOffsets(name);
          const rows = offsets.map(({ partition, low, high }) => ({
            partition,
            leader: leaders.get(partition) ?? -1,
            start: Number(low),
            end: Number(high),
          }));
          return { name, partitions: rows.sort((a, b) => a.partition - b.partition) };
        }),
      );
      return browsed.sort((a, b) => (a.name < b.name ? -1 : 1));
    });
  }

  /** Every consumer group, by name. @throws StoreUnavailable */
  async groups(): Promise<BrowsedGroup[]> {
    return this.#connection.run(async (admin) => {
      const { groups } = await admin.listGroups();
      if (groups.length === 0) return [];
      const described = await admin.describeGroups(groups.map(({ groupId }) => groupId));
      const ends = new LogEnds(admin);
      const browsed = await Promise.all(
        described.groups.map(async ({ groupId, state, members }): Promise<BrowsedGroup> => ({
          group: groupId,
          state,
          members: members.map(({ clientId, clientHost }) => ({
            client: clientId,
            host: clientHost.replace(/^\//, ''),
          })),
          offsets: await offsetsOf(admin, groupId, ends),
        })),
      );
      return browsed.sort((a, b) => (a.group < b.group ? -1 : 1));
    });
  }

  /**
   * The offsets at which to begin to read, by partition, each within what the partition holds.
   * @throws StoreUnavailable
   */
  async positions(
    { name, partitions }: BrowsedTopic,
    from: ReadFrom,
  ): Promise<Map<number, number>> {
    const byTime =
      from.kind === 'time'
        ? await this.#connection.run(async (admin) =>
            admin.fetchTopicOffsetsByTimestamp(name, from.atMs),
          )
        : [];
    return new Map(
      partitions.map(({ partition, start, end }) => {
        const wanted = {
          start: () => start,
          end: () => end,
          offset: () => (from.kind === 'offset' ? from.offset : start),
          last: () => (from.kind === 'last' ? end - from.records : start),
          time: () => Number(byTime.find((each) => each.partition === partition)?.offset ?? end),
        }[from.kind]();
        return [partition, Math.min(Math.max(wanted, start), end)];
      }),
    );
  }

  /** Reads one topic's records; it is closed with the browser. */
  fetcher(topic: string): RecordFetcher {
    const fetcher = this.#fetchers.get(topic) ?? new RecordFetcher(this.#kafka, topic);
    this.#fetchers.set(topic, fetcher);
    return fetcher;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const fetchers = [...this.#fetchers.values()];
    await Promise.all([this.#connection.close(), ...fetchers.map((each) => each.close())]);
  }
}

/** The log ends of topics, each asked for once. */
class LogEnds {
  readonly #admin: Admin;
  readonly #topics = new Map<string, Promise<Map<number, number>>>();

  constructor(admin: Admin) {
    this.#admin = admin;
  }

  of(topic: string): Promise<Map<number, number>> {
    const known = this.#topics.get(topic) ?? this.#read(topic);
    this.#topics.set(topic, known);
    return known;
  }

  async #read(topic: string): Promise<Map<number, number>> {
    const offsets = await this.#admin.fetchTopicOffsets(topic);
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  }
}

async function offsetsOf(admin: Admin, groupId: string, ends: LogEnds): Promise<BrowsedOffset[]> {
  const topics = await admin.fetchOffsets({ groupId });
  const offsets = await Promise.all(
    topics.map(async ({ topic, partitions }) => {
      const end = await ends.of(topic);
      return partitions
        .filter(({ offset }) => Number(offset) >= 0)
        .map(({ partition, offset }) => {
          const committed = Number(offset);
          const logEnd = end.get(partition) ?? committed;
          return { topic, partition, committed, end: logEnd, lag: Math.max(0, logEnd - committed) };
        });
    }),
  );
  return offsets.flat().sort((a, b) => a.partition - b.partition || (a.topic < b.topic ? -1 : 1));
}
