import type { Kafka } from 'kafkajs';
import { expect, it } from 'vitest';

import { StoreUnavailable } from '../errors.js';
import { RecordFetcher } from './fetcher.js';

const topic = 'topic';

/** A cluster as kafkajs sees it, with cached metadata that may be out of date. */
class FakeCluster {
  /** The leader of each partition. */
  leaders: Record<number, number> = { 0: 1, 1: 1 };
  refreshes = 0;
  #cached: Record<number, number> = {};

  get kafka(): Kafka {
    const create = Symbol('private:Kafka:createCluster');
    return { [create]: () => this } as unknown as Kafka;
  }

  connect = (): Promise<void> => Promise.resolve();

  addTargetTopic = (): Promise<void> => Promise.resolve();

  refreshMetadata = (): Promise<void> => {
    this.refreshes += 1;
    this.#cached = { ...this.leaders };
    return Promise.resolve();
  };

  refreshMetadataIfNecessary = async (): Promise<void> => {
    if (Object.keys(this.#cached).length === 0) await this.refreshMetadata();
  };

  findLeaderForPartitions = (_topic: string, partitions: number[]): Record<string, number[]> => {
    const found: Partial<Record<string, number[]>> = {};
    for (const partition of partitions) {
      const leader = this.#cached[partition];
      if (leader !== undefined) (found[leader] ??= []).push(partition);
    }
    return found as Record<string, number[]>;
  };

  findBroker = ({ nodeId }: { nodeId: string }): Promise<object> =>
    Promise.resolve({
      fetch: ({ topics: [requested] }: { topics: { partitions: { partition: number }[] }[] }) => {
        const partitions = requested?.partitions ?? [];
        if (partitions.some(({ partition }) => this.leaders[partition] !== Number(nodeId))) {
          const type = 'NOT_LEADER_FOR_PARTITION';
          return Promise.reject(Object.assign(new Error(type), { type }));
        }
        const message = { offset: '0', timestamp: '1', key: null, value: null };
        const answers = partitions.map(({ partition }) => ({ partition, messages: [message] }));
        return Promise.resolve({ responses: [{ partitions: answers }] });
      },
    });
}

const partitionsOf = (records: readonly { partition: number }[]): number[] =>
  records.map(({ partition }) => partition).sort();
const fromStart = new Map([
  [0, 0],
  [1, 0],
]);

it('the fetcher refreshes the metadata only after a failed fetch', async () => {
  const cluster = new FakeCluster();
  const fetcher = new RecordFetcher(cluster.kafka, topic);
  for (let fetch = 0; fetch < 2; fetch += 1) {
    expect(partitionsOf(await fetcher.fetch(fromStart, 0))).toEqual([0, 1]);
  }
  expect(cluster.refreshes).toBe(1);
  cluster.leaders = { 0: 1, 1: 2 };
  await expect(fetcher.fetch(fromStart, 0)).rejects.toThrow(StoreUnavailable);
  expect(partitionsOf(await fetcher.fetch(fromStart, 0))).toEqual([0, 1]);
  expect(cluster.refreshes).toBe(2);
});

it('a fetch fails if a partition is unknown, rather than report it as read to the end', async () => {
  const cluster = new FakeCluster();
  cluster.leaders = { 0: 1 };
  const fetcher = new RecordFetcher(cluster.kafka, topic);
  await expect(fetcher.fetch(fromStart, 0)).rejects.toThrow(StoreUnavailable);
  cluster.leaders = { 0: 1, 1: 2 };
  expect(partitionsOf(await fetcher.fetch(fromStart, 0))).toEqual([0, 1]);
});
