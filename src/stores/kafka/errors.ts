import { createRequire } from 'node:module';

import { StoreUnavailable } from '../errors.js';

const { errorCodes, createErrorFromCode } = createRequire(import.meta.url)(
  'kafkajs/src/protocol/error',
) as {
  readonly errorCodes: readonly { readonly code: number; readonly message: string }[];
  readonly createErrorFromCode: (code: number) => Error;
};

/** Answers of a broker's that trying again does not mend: the request or the rights are wrong. */
const final = new Set([
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
 * kafkajs wraps the real error: it is looked for down the chain of causes, by type.
 * @returns StoreUnavailable where trying again is right, else the error itself
 */
export function kafkaError(error: unknown): Error {
  for (const link of chain(error)) {
    const type = 'type' in link && typeof link.type === 'string' ? link.type : '';
    if (final.has(type) || link.name === 'KafkaJSSASLAuthenticationError') return link;
  }
  return error instanceof StoreUnavailable ? error : new StoreUnavailable('kafka', error);
}

/** The broker's error of which kafkajs 2.2.4 has logged these words, where it is one. */
export function loggedError(words: string | undefined): Error | undefined {
  const known = errorCodes.find(({ message }) => message === words);
  return known && createErrorFromCode(known.code);
}

/** What a broker's error code means. */
export const errorOfCode = createErrorFromCode;

const rebalances = new Set([
  'ILLEGAL_GENERATION',
  // How a broker answers the first request of every new member.
  'MEMBER_ID_REQUIRED',
  // The group's coordinator has moved, and its members join again there.
  'NOT_COORDINATOR_FOR_GROUP',
  'REBALANCE_IN_PROGRESS',
  'UNKNOWN_MEMBER_ID',
]);

/** Whether a group's rebalance ended what was under way: kafkajs must see this error. */
export function isRebalance(error: unknown): boolean {
  return hasType(error, (type) => rebalances.has(type));
}

/** Whether a topic is not there (any more). */
export function isMissingTopic(error: unknown): boolean {
  return hasType(error, (type) => type === 'UNKNOWN_TOPIC_OR_PARTITION');
}

/** Whether a partition has no leader (yet). */
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

/** Whether a broker does not know a producer or its sequence: it takes nothing more under that id. */
export function isProducerUnknown(error: unknown): boolean {
  return hasType(error, (type) => producerErrors.has(type));
}

/** Whether a broker answered, though with an error: the connection to it is sound. */
export function isAnswer(error: unknown): boolean {
  return hasType(error, () => true);
}

/** Whether there are fewer brokers than a new topic is to have replicas. */
export function isTooFewBrokers(error: unknown): boolean {
  return hasType(error, (type) => type === 'INVALID_REPLICATION_FACTOR');
}

/** Whether a log no longer begins where it was to be read, or does not reach there. */
export function isOutOfRange(error: unknown): boolean {
  return hasType(error, (type) => type === 'OFFSET_OUT_OF_RANGE');
}

const missingRights = new Set(['TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED']);

/** Whether Kafka refuses something for want of a right. */
export function isUnauthorized(error: unknown): boolean {
  return hasType(error, (type) => missingRights.has(type));
}

/** Whether an error, or one of its causes, is a broker's of a type. */
function hasType(error: unknown, isWanted: (type: string) => boolean): boolean {
  return chain(error).some(
    (link) => 'type' in link && typeof link.type === 'string' && isWanted(link.type),
  );
}

/** An error, its causes, and the errors that it sums up, each once. */
export function chain(error: unknown, links: Error[] = []): Error[] {
  if (!(error instanceof Error) || links.includes(error)) return links;
  links.push(error);
  chain(error.cause, links);
  if ('errors' in error && Array.isArray(error.errors)) {
    for (const each of error.errors) chain(each, links);
  }
  return links;
}
