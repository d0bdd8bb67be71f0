import { StoreUnavailable } from '../errors.js';

/** Answers of a broker's that trying again does not mend: the request or the rights are wrong. */
const final = new Set([
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
    if (final.has(type)) return link;
  }
  return error instanceof StoreUnavailable ? error : new StoreUnavailable('kafka', error);
}

/** Whether a group's rebalance ended what was under way: kafkajs must see this error. */
export function isRebalance(error: unknown): boolean {
  return chain(error).some(
    (link) =>
      'type' in link &&
      typeof link.type === 'string' &&
      ['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'].includes(link.type),
  );
}

/** Whether a topic is not there (any more). */
export function isMissingTopic(error: unknown): boolean {
  return chain(error).some((link) => 'type' in link && link.type === 'UNKNOWN_TOPIC_OR_PARTITION');
}

function chain(error: unknown): Error[] {
  const links: Error[] = [];
  for (let link = error; link instanceof Error && !links.includes(link); link = link.cause) {
    links.push(link);
  }
  return links;
}
