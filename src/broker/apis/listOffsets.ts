import { errorCodes, type ErrorCode } from '../codec/errorCodes.js';
import {
  array,
  int16,
  int32,
  int64,
  int8,
  since,
  string,
  struct,
  type Infer,
} from '../codec/layout.js';
import { onlyLeaderEpoch, type PartitionLog } from '../log/partitionLog.js';
import { defineApi, type Services } from './api.js';
import { leaderEpochError } from './leaderEpoch.js';

const latest = -1;
const earliest = -2;

const partitionRequest = struct({
  partitionIndex: int32,
  currentLeaderEpoch: since(4, int32, -1),
  /** ms since 1970, LATEST or EARLIEST. */
  timestamp: int64,
});

export const request = struct({
  replicaId: int32,
  isolationLevel: since(2, int8, 0),
  topics: array(struct({ name: string, partitions: array(partitionRequest) })),
});

const partitionResponse = struct({
  partitionIndex: int32,
  errorCode: int16,
  timestamp: int64,
  offset: int64,
  leaderEpoch: since(4, int32, -1),
});

export const response = struct({
  throttleTimeMs: since(2, int32, 0),
  topics: array(struct({ name: string, partitions: array(partitionResponse) })),
});

type PartitionRequest = Infer<typeof partitionRequest>;
type PartitionResponse = Infer<typeof partitionResponse>;

function find(log: PartitionLog, timestamp: number): { timestamp: number; offset: number } {
  switch (timestamp) {
    case latest:
      return { timestamp: -1, offset: log.endOffset };
    case earliest:
      return { timestamp: -1, offset: log.startOffset };
    default:
      return log.offsetAt(timestamp) ?? { timestamp: -1, offset: -1 };
  }
}

function listPartition(
  topic: string,
  requested: PartitionRequest,
  { topics }: Services,
): PartitionResponse {
  const { partitionIndex } = requested;
  const failed = (errorCode: ErrorCode) => ({
    partitionIndex,
    errorCode,
    timestamp: -1,
    offset: -1,
    leaderEpoch: -1,
  });
  const log = topics.partition(topic, partitionIndex);
  if (log === undefined) return failed(errorCodes.UNKNOWN_TOPIC_OR_PARTITION);
  const epochError = leaderEpochError(requested.currentLeaderEpoch, onlyLeaderEpoch);
  if (epochError !== errorCodes.NONE) return failed(epochError);
  // Other special timestamps (below EARLIEST) belong to later versions of the API.
  if (requested.timestamp < earliest) return failed(errorCodes.UNSUPPORTED_VERSION);
  const found = find(log, requested.timestamp);
  const leaderEpoch = found.offset < 0 ? -1 : onlyLeaderEpoch;
  return { partitionIndex, errorCode: errorCodes.NONE, ...found, leaderEpoch };
}

export const listOffsets = defineApi({
  key: 2,
  name: 'ListOffsets',
  minVersion: 1,
  maxVersion: 5,
  flexibleFrom: 6,
  request,
  response,
  handle: (body, { services }) => ({
    throttleTimeMs: 0,
    topics: body.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partition) => listPartition(name, partition, services)),
    })),
  }),
});
