import type { Admin, Kafka } from 'kafkajs';

import type { KafkaEndpoint } from '../../config/endpoints.js';
import { StoreUnavailable } from '../errors.js';
import { AdminConnection } from './adminConnection.js';
import { createKafka, readTimeoutMs, type KafkaClientOptions } from './client.js';
import { RecordFetcher } from './fetcher.js';
import { readLogRangesIfLed, type LogRange } from './logRanges.js';

/** A partition of a topic: where it is and what it holds. */
interface BrowsedPartition {
  readonly partition: number;
  /** The broker's id; -1 where there is none now. */
  readonly leader: number;
  /** The log's first offset and its end; null where they are unknown: a partition has no leader. */
  readonly start: number | null;
  readonly end: number | null;
}

export interface BrowsedTopic {
  readonly name: string;
  readonly partitions: readonly BrowsedPartition[];
}

/** How far a group has told Kafka that it is, in one partition. */
interface BrowsedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly committed: number;
  /** Null where they are unknown: a partition of the topic has no leader. */
  readonly end: number | null;
  readonly lag: number | null;
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
    this.#kafka = createKafka(endpoint, { requestTimeoutMs: readTimeoutMs, ...options });
    this.#connection = new AdminConnection(this.#kafka);
  }

  /** Every topic, Kafka's own left out, by name. @throws StoreUnavailable */
  async topics(): Promise<BrowsedTopic[]> {
    return this.#connection.run(async (admin) => {
      const { topics } = await admin.fetchTopicMetadata();
      const own = topics.filter(({ name }) => !name.startsWith('__'));
      const browsed = await Promise.all(
        own.map(async ({ name, partitions }): Promise<BrowsedTopic> => {
          const ranges = await readLogRangesIfLed(admin, name);
          const rows = partitions.map(({ partitionId, leader }): BrowsedPartition => {
            const range = ranges?.[partitionId];
            const { start = null, end = null } = range ?? {};
            return { partition: partitionId, leader, start, end };
          });
          return { name, partitions: rows.sort((a, b) => a.partition - b.partition) };
        }),
      );
      return browsed.sort((a, b) => (a.name < b.name ? -1 : 1));
    });
  }

  /**
   * Consumer groups, by name.
   * @param names which ones; those that brokers list when left out. While another broker takes over
   *   from one that is gone, none of them lists its groups: who looks for a group has to name it.
   * @throws StoreUnavailable, also where a group's coordinator is not there now
   */
  async groups(names?: readonly string[]): Promise<BrowsedGroup[]> {
    return this.#connection.run(async (admin) => {
      const wanted = names ?? (await admin.listGroups()).groups.map(({ groupId }) => groupId);
      if (wanted.length === 0) return [];
      const described = await admin.describeGroups([...wanted]);
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
   * @throws StoreUnavailable, also where a partition has no leader
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
        if (start === null || end === null) {
          throw new StoreUnavailable(
            'kafka',
            new Error(`${name} has a partition without a leader`),
          );
        }
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

/** The log ends of topics, by partition, each asked for once. */
class LogEnds {
  readonly #admin: Admin;
  readonly #topics = new Map<string, Promise<LogRange[] | undefined>>();

  constructor(admin: Admin) {
    this.#admin = admin;
  }

  of(topic: string): Promise<LogRange[] | undefined> {
    const known = this.#topics.get(topic) ?? readLogRangesIfLed(this.#admin, topic);
    this.#topics.set(topic, known);
    return known;
  }
}

async function offsetsOf(admin: Admin, groupId: string, ends: LogEnds): Promise<BrowsedOffset[]> {
  const topics = await admin.fetchOffsets({ groupId });
  const offsets = await Promise.all(
    topics.map(async ({ topic, partitions }) => {
      const ranges = await ends.of(topic);
      return partitions
        .filter(({ offset }) => Number(offset) >= 0)
        .map(({ partition, offset }): BrowsedOffset => {
          const committed = Number(offset);
          const end = ranges?.[partition]?.end ?? null;
          const lag = end === null ? null : Math.max(0, end - committed);
          return { topic, partition, committed, end, lag };
        });
    }),
  );
  return offsets.flat().sort((a, b) => a.partition - b.partition || (a.topic < b.topic ? -1 : 1));
}
