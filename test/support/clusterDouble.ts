import type { PartitionMetadata } from '../../src/stores/kafka/cluster.js';
import { errorOfCode } from '../../src/stores/kafka/errors.js';
import type { Batch } from '../../src/stores/kafka/produce/partitionQueue.js';
import { ProducerId, type ProduceCluster } from '../../src/stores/kafka/produce/produceCluster.js';

const codes = {
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  NOT_LEADER_FOR_PARTITION: 6,
  REQUEST_TIMED_OUT: 7,
  MESSAGE_TOO_LARGE: 10,
  NOT_ENOUGH_REPLICAS: 19,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 20,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
};

export function brokerError(type: keyof typeof codes): Error {
  return errorOfCode(codes[type]);
}

export function connectionLost(): Error {
  return new Error('Closed connection');
}

interface Partition {
  leader: number;
  /** The leader in the metadata that clients have cached. */
  believed: number;
  readonly log: string[];
  /** By producer id: the next sequence, and the offset of each batch by its first sequence. */
  producers: Map<string, { next: number; readonly batches: Map<number, number> }>;
}

interface Produced {
  readonly leader: number;
  readonly batches: readonly Batch[];
}

/**
 * An in-memory cluster of brokers, as a producer sees it: each partition has a log, a leader that
 * can move, and the sequence numbers of its producers, by which it detects duplicate batches.
 */
export class ClusterDouble {
  /** The number of producer ids that were assigned. */
  producers = 0;
  /** Whether the bootstrap servers are reachable. */
  bootstrap = true;
  /** The known brokers of each connection when it was opened. */
  readonly opened: (readonly string[])[] = [];
  /** Called with each request before it is handled; it can throw, or reject single batches. */
  onProduce: ((request: Produced) => readonly (Error | undefined)[] | undefined) | undefined;
  /** Called with each request after the write; it can change the response or throw. */
  onProduced:
    ((request: Produced & { outcomes: (number | Error)[] }) => (number | Error)[]) | undefined;
  readonly #topics = new Map<string, Partition[]>();
  readonly #stopped = new Set<number>();

  /** @param topics the leaders of each topic's partitions */
  constructor(topics: Readonly<Record<string, readonly number[]>>) {
    for (const [topic, leaders] of Object.entries(topics)) this.create(topic, leaders);
  }

  create(topic: string, leaders: readonly number[]): void {
    const partitions = leaders.map((leader): Partition => ({
      leader,
      believed: leader,
      log: [],
      producers: new Map(),
    }));
    this.#topics.set(topic, partitions);
  }

  delete(topic: string): void {
    this.#topics.delete(topic);
  }

  /** @param seen whether clients know it without a metadata refresh */
  moveLeader(topic: string, partition: number, leader: number, { seen = false } = {}): void {
    const found = this.#topics.get(topic)?.[partition];
    if (found === undefined) throw new Error(`no partition ${topic}/${partition}`);
    found.leader = leader;
    if (seen) found.believed = leader;
  }

  /** Makes a broker refuse every connection from now on. */
  stop(broker: number): void {
    this.#stopped.add(broker);
  }

  /** Removes the state of every producer, as after retention has deleted its last batches. */
  forgetProducers(): void {
    for (const partition of this.#all()) {
      for (const known of partition.producers.values()) known.next = -1;
    }
  }

  /** The values in each partition's log. */
  values(topic: string): string[][] {
    return (this.#topics.get(topic) ?? []).map(({ log }) => [...log]);
  }

  readonly open = async (known: readonly string[]): Promise<ProduceCluster> => {
    await Promise.resolve();
    this.opened.push(known);
    if (!this.bootstrap && known.length === 0) throw new Error('connect ECONNREFUSED');
    const learned = new Set<string>();
    return {
      learn: async (topic) => {
        await Promise.resolve();
        this.#assertExists(topic);
        learned.add(topic);
        this.#seeLeaders();
      },
      partitions: (topic): PartitionMetadata[] =>
        (learned.has(topic) ? (this.#topics.get(topic) ?? []) : []).map(
          ({ believed }, partitionId) => ({ partitionId, leader: believed }),
        ),
      refresh: async () => {
        await Promise.resolve();
        for (const topic of learned) this.#assertExists(topic);
        this.#seeLeaders();
      },
      newProducer: async () => {
        await Promise.resolve();
        this.producers += 1;
        return new ProducerId(String(this.producers), 0);
      },
      produce: async (leader, producer, batches) => this.#produce(leader, producer, batches),
      addresses: () => ['1', '2', '3'],
      close: () => Promise.resolve(),
    };
  };

  async #produce(
    leader: number,
    producer: ProducerId,
    batches: readonly Batch[],
  ): Promise<(number | Error)[]> {
    await Promise.resolve();
    if (this.#stopped.has(leader)) throw new Error('connect ECONNREFUSED');
    const refused = this.onProduce?.({ leader, batches }) ?? [];
    const outcomes = batches.map(
      (batch, index) => refused[index] ?? this.#append(leader, producer, batch),
    );
    await new Promise(setImmediate);
    return this.onProduced?.({ leader, batches, outcomes }) ?? outcomes;
  }

  /** Acknowledges a duplicate batch again, as a broker does. */
  #append(leader: number, { id }: ProducerId, batch: Batch): number | Error {
    const partition = this.#topics.get(batch.topic)?.[batch.partition];
    if (partition?.leader !== leader) return brokerError('NOT_LEADER_FOR_PARTITION');
    const first = batch.sequence?.first ?? -1;
    const known = partition.producers.get(id) ?? { next: 0, batches: new Map<number, number>() };
    partition.producers.set(id, known);
    const offset = known.batches.get(first);
    if (offset !== undefined && known.next > first) return offset;
    if (first !== known.next) return brokerError('OUT_OF_ORDER_SEQUENCE_NUMBER');
    known.next = first + batch.records.length;
    known.batches.set(first, partition.log.length);
    partition.log.push(...batch.records.map(({ record }) => String(record.value)));
    return partition.log.length - batch.records.length;
  }

  #assertExists(topic: string): void {
    if (!this.#topics.has(topic)) throw brokerError('UNKNOWN_TOPIC_OR_PARTITION');
  }

  #seeLeaders(): void {
    for (const partition of this.#all()) partition.believed = partition.leader;
  }

  #all(): Partition[] {
    return [...this.#topics.values()].flat();
  }
}
