import { errorCodes, type ErrorCode } from '../codec/errorCodes.js';
import {
  array,
  int16,
  int32,
  int64,
  nullableString,
  since,
  string,
  struct,
  versions,
} from '../codec/layout.js';
import { defineApi } from './api.js';

export const request = struct({
  groupId: string,
  generationId: int32,
  memberId: string,
  groupInstanceId: since(7, nullableString, null),
  /** Ignored, as in Kafka since KIP-211: the broker's own retention applies. */
  retentionTimeMs: versions(2, 4, int64, -1),
  topics: array(
    struct({
      name: string,
      partitions: array(
        struct({
          partitionIndex: int32,
          committedOffset: int64,
          committedLeaderEpoch: since(6, int32, -1),
          committedMetadata: nullableString,
        }),
      ),
    }),
  ),
});

export const response = struct({
  throttleTimeMs: since(3, int32, 0),
  topics: array(
    struct({
      name: string,
      partitions: array(struct({ partitionIndex: int32, errorCode: int16 })),
    }),
  ),
});

export const offsetCommit = defineApi({
  key: 8,
  name: 'OffsetCommit',
  minVersion: 2,
  maxVersion: 7,
  flexibleFrom: 8,
  request,
  response,
  handle({ groupId, generationId, memberId, groupInstanceId, topics }, { services }) {
    const commits = topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ partitionIndex }) => services.topics.partition(name, partitionIndex))
        .map((partition) => ({
          topic: name,
          partition: partition.partitionIndex,
          offset: partition.committedOffset,
          leaderEpoch: partition.committedLeaderEpoch,
          metadata: partition.committedMetadata ?? '',
        })),
    );
    const membership = { memberId, instanceId: groupInstanceId, generation: generationId };
    const errors = services.groups.commit(groupId, membership, commits);
    const errorOf = (topic: string, partition: number): ErrorCode => {
      const index = commits.findIndex(
        (commit) => commit.topic === topic && commit.partition === partition,
      );
      return errors[index] ?? errorCodes.UNKNOWN_TOPIC_OR_PARTITION;
    };
    return {
      throttleTimeMs: 0,
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: errorOf(name, partitionIndex),
        })),
      })),
    };
  },
});
