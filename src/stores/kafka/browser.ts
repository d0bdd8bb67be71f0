import type { Admin, Kafka } from 'kafkajs';

import type { KafkaEndpoint } from '../../config/endpoints.js';
import { StoreUnavailable } from '../errors.js';
import { AdminConnection } from './adminConnection.js';
import { createKafka, readTimeoutMs, type KafkaClientOptions } from './client.js';
import { RecordFetcher } from './fetcher.js';
import { readLogRangesIfLed, type LogRange } from './logRanges.js';

/** A partition of a topic: its leader and its log range. */
interface BrowsedPartition {
  readonly partition: number;
  /** The broker's id; -1 if the partition has no leader. */
  readonly leader: number;
  /** The first offset and the log end; null if unknown because a partition has no leader. */
  readonly start: number | null;
  readonly end: number | null;
}

export interface BrowsedTopic {
  readonly name: string;
  readonly partitions: readonly BrowsedPartition[];
}

/** The offset that a group has committed to Kafka for one partition. */
interface BrowsedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly committed: number;
  /** The log end; null if unknown because a partition of the topic has no leader. */
  readonly end: number | null;
  readonly lag: number | null;
}

export interface BrowsedGroup {
  readonly group: string;
  readonly state: string;
  /** The client id and host of each member. */
  readonly members: readonly { readonly client: string; readonly host: string }[];
  readonly offsets: readonly BrowsedOffset[];
}

/** The position at which to start reading a topic. */
export type ReadFrom =
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'offset'; readonly offset: number }
  /** The last records of each partition. */
  | { readonly kind: 'last'; readonly records: number }
  | { readonly kind: 'time'; readonly atMs: number };

/** Reads from Kafka without side effects: it joins no group, commits no offset, creates no topic. */
export class KafkaBrowser implements AsyncDisposable {
  readonly #kafka: Kafka;
  readonly #connection: AdminConnection;
  readonly #fetchers = new Map<string, RecordFetcher>();

  constructor(endpoint: KafkaEndpoint, options: KafkaClientOptions) {
    this.#kafka = createKafka(endpoint, { requestTimeoutMs: readTimeoutMs, ...options });
    this.#connection = new AdminConnection(this.#kafka);
  }

  /** Every topic except Kafka's internal ones, sorted by name. @throws StoreUnavailable */
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
   * Consumer groups, sorted by name.
   * @param names the groups to describe; all groups that the brokers list if omitted. During a
   *   coordinator failover no broker lists the affected groups, so a caller that needs a certain
   *   group must name it.
   * @throws StoreUnavailable, also if a group's coordinator is not available
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
   * The offset at which to start reading, by partition, clamped to the partition's log range.
   * @throws StoreUnavailable, also if a partition has no leader
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

  /** The fetcher of one topic's records; the browser closes it. */
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

/** The log ranges of topics, each requested once. */
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
