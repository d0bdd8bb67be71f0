import type { PartitionMetadata } from '../cluster.js';
import { isAnswer, isProducerUnknown } from '../errors.js';
import type { Batch } from './partitionQueue.js';
import type { ProduceCluster, ProducerId } from './produceCluster.js';

/** Connects to Kafka. @param known brokers of the previous connection, as `host:port` */
export type OpenCluster = (known: readonly string[]) => Promise<ProduceCluster>;

/**
 * The current connection and producer id. The connection is replaced after any transport error, and
 * the producer id as soon as a sequence number is in doubt.
 */
export class ProducerConnection {
  readonly #open: OpenCluster;
  #cluster: ProduceCluster | undefined;
  /** The brokers that the last connection knew, in case the bootstrap servers are unavailable. */
  #known: readonly string[] = [];
  readonly #partitions = new Map<string, readonly PartitionMetadata[]>();
  #connecting: Promise<ProduceCluster> | undefined;
  #refreshing: Promise<void> | undefined;
  #producer: ProducerId | undefined;
  #identifying: Promise<ProducerId> | undefined;

  constructor(open: OpenCluster) {
    this.#open = open;
  }

  /** Connects and obtains a producer id. @throws kafkajs's error if Kafka does not answer */
  async start(): Promise<void> {
    await this.#identified();
  }

  /** A topic's partitions as last loaded by any connection; empty if they were never loaded. */
  partitions(topic: string): readonly PartitionMetadata[] {
    const loaded = this.#cluster?.partitions(topic) ?? [];
    if (loaded.length > 0) this.#partitions.set(topic, loaded);
    return this.#partitions.get(topic) ?? [];
  }

  /** The leader of a partition according to this connection's metadata; undefined if unknown. */
  leaderOf(topic: string, partition: number): number | undefined {
    const loaded = this.#cluster?.partitions(topic) ?? [];
    const found = loaded.find(({ partitionId }) => partitionId === partition);
    return found === undefined || found.leader < 0 ? undefined : found.leader;
  }

  /** Loads a topic's metadata. @throws kafkajs's error */
  async learn(topic: string): Promise<void> {
    await this.#withCluster(async (cluster) => cluster.learn(topic));
  }

  /** Refreshes the leaders of topics; failures are not reported. */
  async refresh(topics: () => ReadonlySet<string>): Promise<void> {
    this.#refreshing ??= this.#refresh(topics()).finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
  }

  /**
   * Sends batches to the leader of their partitions.
   * @returns for each batch, the offset of its first record, or the error if it was not acknowledged
   */
  async produce(leader: number, batches: readonly Batch[]): Promise<(number | Error)[]> {
    const producer = await this.#identified();
    for (const batch of batches) {
      if (batch.sequence?.producer === producer) continue;
      batch.sequence = { producer, first: producer.sequence(batch) };
    }
    const outcomes = await this.#withCluster(async (cluster) =>
      cluster.produce(leader, producer, batches),
    );
    if (outcomes.some(isProducerUnknown)) this.#forget(producer);
    return outcomes;
  }

  /** Gives up a batch that the broker may or may not have; later batches get a new producer id. */
  abandon({ sequence }: Batch): void {
    if (sequence !== undefined) this.#forget(sequence.producer);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#connecting, this.#refreshing, this.#identifying]);
    await this.#cluster?.close();
    this.#cluster = undefined;
  }

  #forget(producer: ProducerId): void {
    if (this.#producer === producer) this.#producer = undefined;
  }

  async #refresh(topics: ReadonlySet<string>): Promise<void> {
    const cluster = await this.#connected().catch(() => undefined);
    if (cluster === undefined) return;
    try {
      await cluster.refresh();
    } catch {
      // A deleted topic fails the refresh, too; a new connection loads the others without it.
      this.#drop(cluster);
      return;
    }
    for (const topic of topics) {
      try {
        await cluster.learn(topic);
      } catch (error) {
        if (!isAnswer(error)) this.#drop(cluster);
      }
    }
  }

  async #identified(): Promise<ProducerId> {
    if (this.#producer !== undefined && this.#cluster !== undefined) return this.#producer;
    this.#identifying ??= this.#withCluster(
      async (cluster) => (this.#producer ??= await cluster.newProducer()),
    ).finally(() => (this.#identifying = undefined));
    return this.#identifying;
  }

  /** Runs requests on the connection, and drops it if they fail without a response from a broker. */
  async #withCluster<T>(work: (cluster: ProduceCluster) => Promise<T>): Promise<T> {
    const cluster = await this.#connected();
    try {
      return await work(cluster);
    } catch (error) {
      if (!isAnswer(error)) this.#drop(cluster);
      throw error;
    }
  }

  async #connected(): Promise<ProduceCluster> {
    if (this.#cluster !== undefined) return this.#cluster;
    this.#connecting ??= this.#open(this.#known)
      .then((cluster) => (this.#cluster = cluster))
      .finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  #drop(cluster: ProduceCluster): void {
    if (this.#cluster !== cluster) return;
    this.#cluster = undefined;
    const known = cluster.addresses();
    if (known.length > 0) this.#known = known;
    // The connection is no longer in use, so an error while it closes does not matter.
    void Promise.allSettled([cluster.close()]);
  }
}
