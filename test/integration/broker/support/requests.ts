import { bytesOf, type Bytes } from '../../../../src/broker/codec/bytes.js';
import { makeBatch, type BatchOptions } from '../../../support/broker/batchBuilder.js';
import * as messages from './messages.js';
import type { RawClient } from './rawClient.js';

export async function createTopic(
  client: RawClient,
  name: string,
  partitions = 1,
  config: Readonly<Record<string, string>> = {},
): Promise<void> {
  const configs = Object.entries(config).map(([key, value]) => ({ name: key, value }));
  const answer = await client.call(messages.createTopics, 4, {
    topics: [{ name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs }],
    timeoutMs: 5000,
    validateOnly: false,
  });
  if (answer.topics[0]?.errorCode !== 0) {
    throw new Error(`creating ${name}: ${JSON.stringify(answer)}`);
  }
}

export function produceRequest(topic: string, batch: BatchOptions, acks = -1) {
  return {
    transactionalId: null,
    acks,
    timeoutMs: 5000,
    topics: [{ name: topic, partitions: [{ index: 0, records: makeBatch(batch) }] }],
  };
}

/** Produces to partition 0. @returns its part of the response */
export async function produceTo(client: RawClient, topic: string, batch: BatchOptions, acks = -1) {
  const answer = await client.call(messages.produce, 7, produceRequest(topic, batch, acks));
  const [partition] = answer.responses[0]?.partitions ?? [];
  if (partition === undefined) throw new Error('the response has no partition');
  return partition;
}

/** Commits an offset of partition 0 for a group without members. */
export async function commitTo(
  client: RawClient,
  groupId: string,
  topic: string,
  committedOffset: number,
): Promise<void> {
  const answer = await client.call(messages.offsetCommit, 5, {
    groupId,
    generationId: -1,
    memberId: '',
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics: [
      {
        name: topic,
        partitions: [
          { partitionIndex: 0, committedOffset, committedLeaderEpoch: -1, committedMetadata: null },
        ],
      },
    ],
  });
  if (answer.topics[0]?.partitions[0]?.errorCode !== 0) {
    throw new Error(`committing for ${groupId}: ${JSON.stringify(answer)}`);
  }
}

export function fetchRequest(
  topic: string,
  fetchOffset: number,
  options: {
    readonly maxWaitMs?: number;
    readonly minBytes?: number;
    readonly partitionMaxBytes?: number;
  } = {},
) {
  return {
    replicaId: -1,
    maxWaitMs: options.maxWaitMs ?? 0,
    minBytes: options.minBytes ?? 1,
    maxBytes: 50_000_000,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [
      {
        topic,
        partitions: [
          {
            partition: 0,
            currentLeaderEpoch: -1,
            fetchOffset,
            logStartOffset: -1,
            partitionMaxBytes: options.partitionMaxBytes ?? 1_000_000,
          },
        ],
      },
    ],
    forgottenTopics: [],
    rackId: '',
  };
}

/** The concatenated record batches of a partition in a fetch response. */
export function recordsOf(partition: { readonly records: readonly Bytes[] } | undefined): Buffer {
  return Buffer.concat((partition?.records ?? []).map(bytesOf));
}
