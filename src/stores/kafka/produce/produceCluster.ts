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
 * The id of an idempotent producer. Brokers store the sequence numbers of its latest batches in each
 * partition, which is how they recognize a batch that is sent again.
 */
export class ProducerId {
  readonly id: string;
  readonly epoch: number;
  readonly #next = new Map<string, number>();

  constructor(id: string, epoch: number) {
    this.id = id;
    this.epoch = epoch;
  }

  /** The sequence number of a new batch's first record; it wraps from 2^31 - 1 to 0. */
  sequence({ topic, partition, records }: Batch): number {
    const key = `${topic}/${partition}`;
    const first = this.#next.get(key) ?? 0;
    this.#next.set(key, (first + records.length) % 2 ** 31);
    return first;
  }
}

/** The requests of a producer to a Kafka cluster. Each may fail because a broker is unavailable. */
export interface ProduceCluster {
  /** Loads a topic's metadata unless it is loaded. */
  learn(topic: string): Promise<void>;
  /** A topic's partitions and their leaders as last loaded; empty if they were never loaded. */
  partitions(topic: string): readonly PartitionMetadata[];
  /** Refreshes the metadata of all loaded topics. */
  refresh(): Promise<void>;
  /** Requests a new producer id from any broker. */
  newProducer(): Promise<ProducerId>;
  /**
   * Sends batches to the leader of their partitions, each with its sequence number (acks=all).
   * @returns for each batch, in order, the offset of its first record, or an error if it was rejected
   *   or the response does not include it
   */
  produce(
    leader: number,
    producer: ProducerId,
    batches: readonly Batch[],
  ): Promise<(number | Error)[]>;
  /** `host:port` of each broker in the metadata. */
  addresses(): readonly string[];
  /** Disconnects once the requests in flight have completed. */
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

/** How long a leader waits for its replicas before it responds REQUEST_TIMED_OUT, in milliseconds. */
const replicateTimeoutMs = 5_000;

/** The maximum age of the metadata, after which added partitions are discovered, in milliseconds. */
const metadataMaxAgeMs = 60_000;

/** A required field of the request; without transactions it has no effect. */
const transactionTimeoutMs = 60_000;

/** Connects to a cluster. @throws kafkajs's error if no bootstrap server answers */
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
      // If loading failed when the topic was added, only a refresh of all topics loads it.
      if (this.partitions(topic).length === 0) await this.#cluster.refreshMetadata();
      if (this.partitions(topic).length === 0) throw errorOfCode(unknownTopic);
    });
  }

  partitions(topic: string): readonly PartitionMetadata[] {
    return this.#isLoaded ? this.#cluster.findTopicPartitionMetadata(topic) : [];
  }

  async refresh(): Promise<void> {
    // Without an added topic, kafkajs would load the metadata of all topics in the cluster.
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
      .filter(({ host }) => !host.includes(':')) // kafkajs does not support IPv6 bootstrap addresses.
      .map(({ host, port }) => `${host}:${port}`);
  }

  async close(): Promise<void> {
    // kafkajs stops request timeouts on a closing connection, so a request in flight might never
    // settle.
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
    // kafkajs's own parse throws the first error, which loses the other partitions' acknowledgements.
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

/** The outcome of each batch; a batch that the response omits is not acknowledged. */
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
