import { setTimeout as sleep } from 'node:timers/promises';

import { KafkaJSError, Partitioners } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { KafkaEndpoint } from '../../src/config/endpoints.js';
import { checkKafka } from '../../src/diagnostics/kafka/probe.js';
import { StoreUnavailable } from '../../src/stores/errors.js';
import { KafkaAdmin } from '../../src/stores/kafka/admin.js';
import { KafkaBrowser } from '../../src/stores/kafka/browser.js';
import { createKafka } from '../../src/stores/kafka/client.js';
import { GroupConsumer } from '../../src/stores/kafka/consumer.js';
import { untilAborted } from '../../src/util/untilAborted.js';
import { until } from '../support/until.js';
import { clusterTool, skipNote } from './support/clusterTool.js';
import { KafkaCluster } from './support/kafkaCluster.js';

const topic = 'clients';
const group = 'clients-group';
const clientId = 'clients-test';
const partitions = [0, 1, 2];
/** Two requests can time out: one to the hanging broker, one while it is still the known leader. */
const worksWithinMs = 40_000;

/** Whether Kafka served the request; any other error is a bug. */
async function isServed(work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreUnavailable || error instanceof KafkaJSError) return false;
    throw error;
  }
}

/** The next offset of each partition. */
type Offsets = Map<number, number>;

/** One client of each kind, shared by the tests. */
class Clients implements AsyncDisposable {
  readonly admin: KafkaAdmin;
  readonly browser: KafkaBrowser;
  readonly #endpoint: KafkaEndpoint;
  readonly #fetched: Offsets = new Map(partitions.map((partition) => [partition, 0]));
  readonly #consumed: Offsets = new Map();
  readonly #stopping = new AbortController();
  readonly #consuming: Promise<void>;

  constructor(endpoint: KafkaEndpoint) {
    this.#endpoint = endpoint;
    this.admin = new KafkaAdmin(endpoint, { clientId });
    this.browser = new KafkaBrowser(endpoint, { clientId });
    this.#consuming = this.#consume();
  }

  /** Writes a record to each partition and waits until every client has seen it. */
  async work(): Promise<void> {
    const written: Offsets = new Map();
    for (const partition of partitions) written.set(partition, await this.#write(partition));
    const reached = (offsets: Offsets): boolean =>
      [...written].every(([partition, next]) => (offsets.get(partition) ?? 0) >= next);
    const within = async (read: () => Promise<Offsets>): Promise<void> =>
      until(async () => isServed(async () => reached(await read())), worksWithinMs);
    await Promise.all([
      within(async () => {
        const ranges = await this.admin.logRanges(topic);
        expect(ranges.map(({ partition }) => partition)).toEqual(partitions);
        return new Map(ranges.map(({ partition, end }) => [partition, end]));
      }),
      within(async () => {
        const browsed = (await this.browser.topics()).find(({ name }) => name === topic);
        return new Map(browsed?.partitions.map(({ partition, end }) => [partition, end ?? 0]));
      }),
      within(async () => {
        const records = await this.browser.fetcher(topic).fetch(this.#fetched, 100);
        for (const { partition, offset } of records) this.#fetched.set(partition, offset + 1);
        return this.#fetched;
      }),
      within(async () => Promise.resolve(this.#consumed)),
      within(async () => {
        const [own] = await this.browser.groups([group]);
        return new Map(own?.offsets.map(({ partition, committed }) => [partition, committed]));
      }),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#consuming;
    await this.browser[Symbol.asyncDispose]();
    await this.admin.close();
  }

  /** Creates a new client after a failure, as the consumers of the pipeline do. */
  async #consume(): Promise<void> {
    const { signal } = this.#stopping;
    const stopped = untilAborted(signal);
    while (!signal.aborted) {
      const consumer = new GroupConsumer(this.#endpoint, {
        clientId,
        groupId: group,
        topic,
        concurrency: partitions.length,
        onBatch: (batch) => {
          const next = (batch.records.at(-1)?.offset ?? -1) + 1;
          this.#consumed.set(batch.partition, next);
          batch.resolve(next);
          batch.commit(next);
          return Promise.resolve();
        },
      });
      await isServed(async () => {
        await Promise.race([consumer.start().then(async () => consumer.failed), stopped]);
        return true;
      });
      await consumer.stop();
      await sleep(100);
    }
  }

  /** Uses a new producer for each attempt; the producer of the pipeline has its own tests. */
  async #write(partition: number): Promise<number> {
    let next = 0;
    await until(
      async () =>
        isServed(async () => {
          const options = { clientId, level: 'error', requestTimeoutMs: 5_000 } as const;
          const producer = createKafka(this.#endpoint, options).producer({
            createPartitioner: Partitioners.DefaultPartitioner,
          });
          try {
            await producer.connect();
            const messages = [{ partition, value: 'x' }];
            const [written] = await producer.send({ topic, timeout: 5_000, messages });
            next = Number(written?.baseOffset) + 1;
            return true;
          } finally {
            await producer.disconnect();
          }
        }),
      worksWithinMs,
    );
    return next;
  }
}

describe.skipIf(clusterTool === '')(`clients of three brokers recover${skipNote}`, () => {
  let cluster: KafkaCluster;
  let endpoint: KafkaEndpoint;
  let clients: Clients;

  beforeAll(async () => {
    cluster = await KafkaCluster.start(clusterTool);
    endpoint = { brokers: cluster.brokers };
    await createTopic(topic, partitions.length, 3);
    clients = new Clients(endpoint);
    await clients.work();
  });
  afterAll(async () => {
    await clients[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  async function createTopic(name: string, count: number, replicas: number): Promise<void> {
    const admin = createKafka(endpoint, { clientId }).admin();
    await admin.connect();
    const topics = [{ topic: name, numPartitions: count, replicationFactor: replicas }];
    await admin.createTopics({ topics });
    await admin.disconnect();
  }

  it('when partitions move to other brokers', async () => {
    for (const leaders of [
      [1, 2, 3],
      [2, 3, 1],
      [3, 1, 2],
    ]) {
      const replicas = leaders.map((leader) => [leader, (leader % 3) + 1]);
      await cluster.reassign(topic, replicas);
      await cluster.electPreferredLeaders();
      await clients.work();
    }
    await cluster.reassign(
      topic,
      partitions.map((at) => [at + 1, ((at + 1) % 3) + 1, ((at + 2) % 3) + 1]),
    );
  });

  it.each(['leader', 'coordinator'])('while the %s is down and after it is back', async (which) => {
    const id =
      which === 'leader' ? await cluster.leaderOf(topic, 0) : await cluster.coordinatorOf(group);
    await cluster.kill(id);
    await clients.work();
    // A client can also start while a broker is down.
    await checkKafka(endpoint);
    await cluster.restart(id);
    await cluster.waitUntilInSync();
    await clients.work();
  });

  it.each(['leader', 'coordinator'])('while the %s hangs and after it is back', async (which) => {
    const id =
      which === 'leader' ? await cluster.leaderOf(topic, 0) : await cluster.coordinatorOf(group);
    cluster.pause(id);
    try {
      await clients.work();
      await checkKafka(endpoint);
    } finally {
      cluster.resume(id);
    }
    await cluster.waitUntilInSync();
    await clients.work();
  });

  it('after two of three brokers were down', async () => {
    const leader = await cluster.leaderOf(topic, 0);
    const dead = [leader, (leader % 3) + 1];
    await Promise.all(dead.map(async (id) => cluster.kill(id)));
    await expect(clients.admin.logRanges(topic)).rejects.toThrow(StoreUnavailable);
    await Promise.all(dead.map(async (id) => cluster.restart(id)));
    await cluster.waitUntilInSync();
    await clients.work();
  });

  it('and report which partitions of which topics are offline', async () => {
    await createTopic('single', 3, 1);
    const id = await cluster.leaderOf('single', 0);
    await cluster.kill(id);
    await clients.work();
    await checkKafka(endpoint);
    await until(
      async () =>
        isServed(async () => {
          const single = (await clients.browser.topics()).find(({ name }) => name === 'single');
          const [offline] = single?.partitions ?? [];
          return offline?.leader === -1 && offline.end === null;
        }),
      worksWithinMs,
    );
    await expect(clients.admin.logRanges('single')).rejects.toThrow(StoreUnavailable);
    expect(await clients.admin.partitionCounts(['single', topic])).toEqual(
      new Map([
        ['single', 3],
        [topic, 3],
      ]),
    );
    await cluster.restart(id);
    await cluster.waitUntilInSync();
    expect(await clients.admin.logRanges('single')).toHaveLength(3);
  });
});
