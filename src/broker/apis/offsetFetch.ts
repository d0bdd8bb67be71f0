import { errorCodes } from '../codec/errorCodes.js';
import {
  array,
  int16,
  int32,
  int64,
  nullableArray,
  nullableString,
  since,
  string,
  struct,
} from '../codec/layout.js';
import { defineApi } from './api.js';

export const request = struct({
  groupId: string,
  /** null, from version 2 on: all topics with a committed offset. */
  topics: nullableArray(struct({ name: string, partitionIndexes: array(int32) })),
});

export const response = struct({
  throttleTimeMs: since(3, int32, 0),
  topics: array(
    struct({
      name: string,
      partitions: array(
        struct({
          partitionIndex: int32,
          /** -1 if no offset is committed, which is not an error. */
          committedOffset: int64,
          committedLeaderEpoch: since(5, int32, -1),
          metadata: nullableString,
          errorCode: int16,
        }),
      ),
    }),
  ),
  errorCode: since(2, int16, errorCodes.NONE),
});

export const offsetFetch = defineApi({
  key: 9,
  name: 'OffsetFetch',
  minVersion: 1,
  maxVersion: 5,
  flexibleFrom: 6,
  request,
  response,
  handle({ groupId, topics }, { services }) {
    const offsets = services.groups.offsetsOf(groupId);
    const requested =
      topics ??
      offsets
        .topics()
        .map(({ topic, partitions }) => ({ name: topic, partitionIndexes: partitions }));
    return {
      throttleTimeMs: 0,
      topics: requested.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => {
          const commit = offsets.get(name, partitionIndex);
          return {
            partitionIndex,
            committedOffset: commit?.offset ?? -1,
            committedLeaderEpoch: commit?.leaderEpoch ?? -1,
            metadata: commit?.metadata ?? '',
            errorCode: errorCodes.NONE,
          };
        }),
      })),
      errorCode: errorCodes.NONE,
    };
  },
});
