import { errorCodes, type ErrorCode } from '../codec/errorCodes.js';
import {
  array,
  int16,
  int32,
  int64,
  nullableBytes,
  nullableString,
  since,
  string,
  struct,
  type Infer,
} from '../codec/layout.js';
import { closeConnection, defineApi, noResponse, type Services } from './api.js';

export const request = struct({
  transactionalId: since(3, nullableString, null),
  /** 0: none, 1: the leader, -1: all replicas. With one replica, 1 and -1 are the same. */
  acks: int16,
  timeoutMs: int32,
  topics: array(
    struct({
      name: string,
      partitions: array(struct({ index: int32, records: nullableBytes })),
    }),
  ),
});

const partitionResponse = struct({
  index: int32,
  errorCode: int16,
  baseOffset: int64,
  logAppendTimeMs: since(2, int64, -1),
  logStartOffset: since(5, int64, -1),
  recordErrors: since(8, array(struct({ batchIndex: int32, message: nullableString })), []),
  errorMessage: since(8, nullableString, null),
});

export const response = struct({
  responses: array(struct({ name: string, partitions: array(partitionResponse) })),
  throttleTimeMs: since(1, int32, 0),
});

type PartitionResponse = Infer<typeof partitionResponse>;

function refusal(index: number, errorCode: ErrorCode, message: string): PartitionResponse {
  return {
    index,
    errorCode,
    baseOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: -1,
    recordErrors: [],
    errorMessage: message,
  };
}

/** @returns why the whole request is rejected, or undefined */
function refusalOf({ acks, transactionalId }: Infer<typeof request>): ErrorCode | undefined {
  if (acks < -1 || acks > 1) return errorCodes.INVALID_REQUIRED_ACKS;
  return transactionalId === null ? undefined : errorCodes.INVALID_REQUEST;
}

function append(
  topic: string,
  index: number,
  records: Buffer | null,
  services: Services,
): PartitionResponse {
  const log = services.topics.partition(topic, index);
  if (log === undefined) {
    return refusal(index, errorCodes.UNKNOWN_TOPIC_OR_PARTITION, 'The partition does not exist');
  }
  const { error, baseOffset, appendTime, message } = log.append(records);
  if (error !== errorCodes.NONE) return refusal(index, error, message ?? '');
  return {
    index,
    errorCode: errorCodes.NONE,
    baseOffset,
    logAppendTimeMs: appendTime,
    logStartOffset: log.startOffset,
    recordErrors: [],
    errorMessage: null,
  };
}

export const produce = defineApi({
  key: 0,
  name: 'Produce',
  minVersion: 0,
  maxVersion: 8,
  flexibleFrom: 9,
  request,
  response,
  handle(body, { services }) {
    const refused = refusalOf(body);
    const responses = body.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index, records }) =>
        refused === undefined
          ? append(name, index, records, services)
          : refusal(index, refused, 'acks must be 0, 1 or -1, and transactions are not supported'),
      ),
    }));
    if (body.acks === 0) {
      const failed = responses.some(({ partitions }) =>
        partitions.some(({ errorCode }) => errorCode !== errorCodes.NONE),
      );
      return failed ? closeConnection : noResponse;
    }
    return { responses, throttleTimeMs: 0 };
  },
});
