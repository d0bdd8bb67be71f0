import type { Kafka } from 'kafkajs';

import {
  createTolerantCluster,
  requests,
  type Cluster,
  type PartitionMetadata,
} from '../cluster.js';
import { errorOfCode } from '../errors.js';
import { UnderWay } from '../underWay.js';
import type { Batch } from './partitionQueue.js';

/**
 * An idempotent producer, as brokers know it: they keep the sequence number of its latest batches in
 * each partition, and so tell a batch that is sent again from a new one.
 */
export class ProducerId {
  readonly id: string;
  readonly epoch: number;
  readonly #next = new Map<string, number>();

  constructor(id: string, epoch: number) {
    this.id = id;
    this.epoch = epoch;
  }

  /** The sequence number of a new batch's first record; they go from 0 to 2^31 - 1, and round again. */
  sequence({ topic, partition, records }: Batch): number {
    const key = `${topic}/${partition}`;
    const first = this.#next.get(key) ?? 0;
    this.#next.set(key, (first + records.length) % 2 ** 31);
    return first;
  }
}

/** What a producer asks of a Kafka cluster. Anything may fail because a broker is away. */
export interface ProduceCluster {
  /** Loads a topic's metadata where that is not loaded. */
  learn(topic: string): Promise<void>;
  /** A topic's partitions and their leaders, as they were loaded last; none where they were not. */
  partitions(topic: string): readonly PartitionMetadata[];
  /** Loads the metadata of all learned topics again. */
  refresh(): Promise<void>;
  /** The id of a new producer, from any broker. */
  newProducer(): Promise<ProducerId>;
  /**
   * Sends batches to the broker that leads their partitions, each with its sequence number (acks = all).
   * @returns for each batch, in order, the offset of its first record; an error where it was refused
   *   or the response does not mention it
   */
  produce(
    leader: number,
    producer: ProducerId,
    batches: readonly Batch[],
  ): Promise<(number | Error)[]>;
  /** `host:port` of the brokers that the metadata lists. */
  addresses(): readonly string[];
  /** Ends its connections, once what is under way on them has ended. */
  close(): Promise<void>;
}

interface ProduceResponse {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly baseOffset: string;
    }[];
  }[];
}

const unknownTopic = 3;

const produceKey = 0;
const allReplicas = -1;
const uncompressed = 0;

/** How long a broker may wait for its replicas, in milliseconds; then it answers REQUEST_TIMED_OUT. */
const replicateTimeoutMs = 5_000;

/** Partitions that are added to a topic are known after so long, in milliseconds. */
const metadataMaxAgeMs = 60_000;

/** Of transactions, which this has none of; the request holds it all the same. */
const transactionTimeoutMs = 60_000;

/** Connects to a cluster. @throws kafkajs's error where no bootstrap server answers */
export async function openProduceCluster(kafka: Kafka): Promise<ProduceCluster> {
  const cluster = createTolerantCluster(kafka, metadataMaxAgeMs);
  try {
    await cluster.connect();
  } catch (error) {
    await cluster.disconnect();
    throw error;
  }
  return new KafkaProduceCluster(cluster);
}

class KafkaProduceCluster implements ProduceCluster {
  readonly #cluster: Cluster;
  readonly #underWay = new UnderWay();
  #isLoaded = false;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async learn(topic: string): Promise<void> {
    if (this.partitions(topic).length > 0) return;
    await this.#underWay.run(async () => {
      await this.#cluster.addTargetTopic(topic);
      this.#isLoaded = true;
      // Where it could not be loaded when it was added, it is only loaded with the others.
      if (this.partitions(topic).length === 0) await this.#cluster.refreshMetadata();
      if (this.partitions(topic).length === 0) throw errorOfCode(unknownTopic);
    });
  }

  partitions(topic: string): readonly PartitionMetadata[] {
    return this.#isLoaded ? this.#cluster.findTopicPartitionMetadata(topic) : [];
  }

  async refresh(): Promise<void> {
    // kafkajs takes no topic for all topics, those of others included.
    if (this.#isLoaded) await this.#underWay.run(async () => this.#cluster.refreshMetadata());
  }

  async newProducer(): Promise<ProducerId> {
    return this.#underWay.run(async () => this.#newProducer());
  }

  async produce(
    leader: number,
    producer: ProducerId,
    batches: readonly Batch[],
  ): Promise<(number | Error)[]> {
    return this.#underWay.run(async () => this.#produce(leader, producer, batches));
  }

  addresses(): readonly string[] {
    return Object.values(this.#cluster.brokerPool.brokers)
      .map(({ connectionPool }) => connectionPool)
      .filter(({ host }) => !host.includes(':')) // kafkajs takes no IPv6 address as a bootstrap server.
      .map(({ host, port }) => `${host}:${port}`);
  }

  async close(): Promise<void> {
    // kafkajs watches no timeouts on a connection that it closes: what is under way might never end.
    await this.#underWay.settled();
    await this.#cluster.disconnect();
  }

  async #newProducer(): Promise<ProducerId> {
    const broker = await this.#cluster.brokerPool.findConnectedBroker();
    const { producerId, producerEpoch } = await broker.initProducerId({
      transactionTimeout: transactionTimeoutMs,
    });
    return new ProducerId(producerId, producerEpoch);
  }

  async #produce(
    leader: number,
    producer: ProducerId,
    batches: readonly Batch[],
  ): Promise<(number | Error)[]> {
    await this.#cluster.refreshMetadataIfNecessary();
    const broker = await this.#cluster.findBroker({ nodeId: leader });
    const produce = broker.lookupRequest<ProduceResponse>(produceKey, requests.Produce);
    const { request, response } = produce({
      acks: allReplicas,
      timeout: replicateTimeoutMs,
      compression: uncompressed,
      producerId: producer.id,
      producerEpoch: producer.epoch,
      topicData: topicData(batches),
    });
    // kafkajs's own parse throws the first error, and every other partition's acknowledgement with it.
    const parse = async (decoded: ProduceResponse) => Promise.resolve(decoded);
    const answer = await broker.connectionPool.send({ request, response: { ...response, parse } });
    return outcomes(batches, answer);
  }
}

function topicData(batches: readonly Batch[]): object[] {
  const topics = new Map<string, object[]>();
  for (const { topic, partition, records, sequence } of batches) {
    const partitions = topics.get(topic) ?? [];
    topics.set(topic, partitions);
    partitions.push({
      partition,
      firstSequence: sequence?.first,
      messages: records.map(({ record: { key, value, headers } }) => ({ key, value, headers })),
    });
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}

/** Each batch's own acknowledgement: one that the response leaves out has none. */
function outcomes(batches: readonly Batch[], { topics }: ProduceResponse): (number | Error)[] {
  return batches.map(({ topic, partition }) => {
    const answer = topics
      .find(({ topicName }) => topicName === topic)
      ?.partitions.find((each) => each.partition === partition);
    if (answer === undefined) return new Error('the broker did not acknowledge the batch');
    if (answer.errorCode !== 0) return errorOfCode(answer.errorCode);
    const offset = Number(answer.baseOffset);
    return offset >= 0 ? offset : new Error('the broker acknowledged the batch without an offset');
  });
}
