import { createRequire } from 'node:module';

import { StoreUnavailable } from '../errors.js';

const { errorCodes, createErrorFromCode } = createRequire(import.meta.url)(
  'kafkajs/src/protocol/error',
) as {
  readonly errorCodes: readonly { readonly code: number; readonly message: string }[];
  readonly createErrorFromCode: (code: number) => Error;
};

/** Errors that are not retriable: the request or the permissions are wrong. */
const notRetriable = new Set([
  'CLUSTER_AUTHORIZATION_FAILED',
  'CORRUPT_MESSAGE',
  'GROUP_AUTHORIZATION_FAILED',
  'INVALID_CONFIG',
  'INVALID_PARTITIONS',
  'INVALID_RECORD',
  'INVALID_REPLICATION_FACTOR',
  'INVALID_TOPIC_EXCEPTION',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'SASL_AUTHENTICATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
  'UNSUPPORTED_VERSION',
]);

/**
 * Classifies an error of kafkajs, which wraps the original: the chain of causes is searched by type.
 * @returns StoreUnavailable if the error is retriable, else the original error
 */
export function kafkaError(error: unknown): Error {
  for (const link of chain(error)) {
    const type = 'type' in link && typeof link.type === 'string' ? link.type : '';
    if (notRetriable.has(type) || link.name === 'KafkaJSSASLAuthenticationError') return link;
  }
  return error instanceof StoreUnavailable ? error : new StoreUnavailable('kafka', error);
}

/** The broker error whose message kafkajs 2.2.4 has logged; undefined if it is not a broker error. */
export function loggedError(text: string | undefined): Error | undefined {
  const known = errorCodes.find(({ message }) => message === text);
  return known && createErrorFromCode(known.code);
}

/** Converts a Kafka error code to kafkajs's error. */
export const errorOfCode = createErrorFromCode;

const rebalances = new Set([
  'ILLEGAL_GENERATION',
  // The response to the first request of every new member.
  'MEMBER_ID_REQUIRED',
  // The group has a new coordinator, where its members rejoin.
  'NOT_COORDINATOR_FOR_GROUP',
  'REBALANCE_IN_PROGRESS',
  'UNKNOWN_MEMBER_ID',
]);

/** Whether a request failed because the group rebalanced; kafkajs must receive this error. */
export function isRebalance(error: unknown): boolean {
  return hasType(error, (type) => rebalances.has(type));
}

/** Whether a topic does not exist. */
export function isMissingTopic(error: unknown): boolean {
  return hasType(error, (type) => type === 'UNKNOWN_TOPIC_OR_PARTITION');
}

/** Whether a partition has no leader. */
export function isWithoutLeader(error: unknown): boolean {
  return hasType(error, (type) => type === 'LEADER_NOT_AVAILABLE');
}

const producerErrors = new Set([
  'DUPLICATE_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
]);

/** Whether a broker rejects a producer id or its sequence; it will accept no more batches from it. */
export function isProducerUnknown(error: unknown): boolean {
  return hasType(error, (type) => producerErrors.has(type));
}

/** Whether the error is a broker's response, which means that the connection works. */
export function isAnswer(error: unknown): boolean {
  return hasType(error, () => true);
}

/** Whether a topic cannot be created because there are fewer brokers than replicas. */
export function isTooFewBrokers(error: unknown): boolean {
  return hasType(error, (type) => type === 'INVALID_REPLICATION_FACTOR');
}

/** Whether a requested offset is before the start or after the end of the log. */
export function isOutOfRange(error: unknown): boolean {
  return hasType(error, (type) => type === 'OFFSET_OUT_OF_RANGE');
}

const authorizationErrors = new Set(['TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED']);

/** Whether Kafka rejects a request because the client lacks a permission. */
export function isUnauthorized(error: unknown): boolean {
  return hasType(error, (type) => authorizationErrors.has(type));
}

/** Whether an error or one of its causes is a broker error of a matching type. */
function hasType(error: unknown, isWanted: (type: string) => boolean): boolean {
  return chain(error).some(
    (link) => 'type' in link && typeof link.type === 'string' && isWanted(link.type),
  );
}

/** An error, its causes and the errors that it aggregates, each once. */
export function chain(error: unknown, links: Error[] = []): Error[] {
  if (!(error instanceof Error) || links.includes(error)) return links;
  links.push(error);
  chain(error.cause, links);
  if ('errors' in error && Array.isArray(error.errors)) {
    for (const each of error.errors) chain(each, links);
  }
  return links;
}
