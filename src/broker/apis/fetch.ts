import { errorCodes, type ErrorCode } from '../codec/errorCodes.js';
import {
  array,
  byteChunks,
  int16,
  int32,
  int64,
  int8,
  nullableArray,
  since,
  string,
  struct,
  type Infer,
} from '../codec/layout.js';
import { onlyLeaderEpoch } from '../log/partitionLog.js';
import type { TopicStore } from '../log/topicStore.js';
import { defineApi, type RequestContext } from './api.js';
import { waitForAppends } from './fetchWait.js';
import { leaderEpochError } from './leaderEpoch.js';

export const request = struct({
  replicaId: int32,
  maxWaitMs: int32,
  minBytes: int32,
  maxBytes: int32,
  isolationLevel: int8,
  sessionId: since(7, int32, 0),
  sessionEpoch: since(7, int32, -1),
  topics: array(
    struct({
      topic: string,
      partitions: array(
        struct({
          partition: int32,
          currentLeaderEpoch: since(9, int32, -1),
          fetchOffset: int64,
          logStartOffset: since(5, int64, -1),
          partitionMaxBytes: int32,
        }),
      ),
    }),
  ),
  forgottenTopics: since(7, array(struct({ topic: string, partitions: array(int32) })), []),
  rackId: since(11, string, ''),
});

const partitionData = struct({
  partitionIndex: int32,
  errorCode: int16,
  highWatermark: int64,
  lastStableOffset: int64,
  logStartOffset: since(5, int64, -1),
  abortedTransactions: nullableArray(struct({ producerId: int64, firstOffset: int64 })),
  preferredReadReplica: since(11, int32, -1),
  records: byteChunks,
});

export const response = struct({
  throttleTimeMs: int32,
  errorCode: since(7, int16, errorCodes.NONE),
  sessionId: since(7, int32, 0),
  responses: array(struct({ topic: string, partitions: array(partitionData) })),
});

type Request = Infer<typeof request>;
type PartitionRequest = Request['topics'][number]['partitions'][number];
type PartitionData = Infer<typeof partitionData>;

/** Upper limit of one response, whatever the client requests, to bound memory. */
const maxResponseBytes = 50 * 1024 * 1024;

interface Fetched {
  readonly responses: Infer<typeof response>['responses'];
  readonly bytes: number;
  /** Whether a partition has an error, which is reported to the client without waiting. */
  readonly failed: boolean;
}

/** Reads the available batches, partition by partition, up to the request's byte limit. */
function fetchNow(body: Request, topics: TopicStore): Fetched {
  let left = Math.min(Math.max(body.maxBytes, 0), maxResponseBytes);
  let bytes = 0;
  let failed = false;
  const responses = body.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((partition) => {
      // The first batch is returned whatever its size; otherwise the reader could never advance.
      const data = fetchPartition(topic, partition, left, bytes === 0, topics);
      const got = data.records[0]?.length ?? 0;
      bytes += got;
      left = Math.max(0, left - got);
      failed ||= data.errorCode !== errorCodes.NONE;
      return data;
    }),
  }));
  return { responses, bytes, failed };
}

function fetchPartition(
  topic: string,
  requested: PartitionRequest,
  left: number,
  atLeastOne: boolean,
  topics: TopicStore,
): PartitionData {
  const log = topics.partition(topic, requested.partition);
  if (log === undefined) return failure(requested.partition, errorCodes.UNKNOWN_TOPIC_OR_PARTITION);
  const epochError = leaderEpochError(requested.currentLeaderEpoch, onlyLeaderEpoch);
  if (epochError !== errorCodes.NONE) return failure(requested.partition, epochError);
  if (!log.covers(requested.fetchOffset)) {
    return failure(requested.partition, errorCodes.OFFSET_OUT_OF_RANGE);
  }
  const limit = Math.min(left, Math.max(requested.partitionMaxBytes, 0));
  const records = log.read(requested.fetchOffset, limit, atLeastOne);
  return {
    partitionIndex: requested.partition,
    errorCode: errorCodes.NONE,
    highWatermark: log.endOffset,
    lastStableOffset: log.endOffset,
    logStartOffset: log.startOffset,
    abortedTransactions: null,
    preferredReadReplica: -1,
    records: [records],
  };
}

function failure(partitionIndex: number, errorCode: ErrorCode): PartitionData {
  return {
    partitionIndex,
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    abortedTransactions: null,
    preferredReadReplica: -1,
    records: [],
  };
}

function answer(fetched: Pick<Fetched, 'responses'>, errorCode: ErrorCode = errorCodes.NONE) {
  return { throttleTimeMs: 0, errorCode, sessionId: 0, responses: fetched.responses };
}

async function longPoll(body: Request, context: RequestContext, availableBytes: number) {
  const { topics } = context.services;
  const logs = body.topics.flatMap(({ topic, partitions }) =>
    partitions.flatMap(({ partition }) => topics.partition(topic, partition) ?? []),
  );
  const missing = body.minBytes - availableBytes;
  await waitForAppends(logs, missing, body.maxWaitMs, context.signal);
  return answer(fetchNow(body, topics));
}

export const fetch = defineApi({
  key: 1,
  name: 'Fetch',
  minVersion: 4,
  maxVersion: 11,
  flexibleFrom: 12,
  request,
  response,
  handle(body, context) {
    // Fetch sessions are not supported: every request is a full fetch with session id 0.
    if (body.sessionId !== 0) {
      return answer({ responses: [] }, errorCodes.FETCH_SESSION_ID_NOT_FOUND);
    }
    const fetched = fetchNow(body, context.services.topics);
    const done =
      fetched.failed ||
      fetched.bytes >= body.minBytes ||
      body.maxWaitMs <= 0 ||
      body.topics.length === 0;
    return done ? answer(fetched) : longPoll(body, context, fetched.bytes);
  },
});
