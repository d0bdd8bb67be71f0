import type { KafkaEndpoint } from '../../config/endpoints.js';
import { chain } from '../../stores/kafka/errors.js';
import { Failure } from '../../util/failure.js';

/**
 * What an answer of Kafka's means that a wrong set-up causes: a user that is not let in, or lacks a
 * right.
 * @param subject what was being done, such as `writing to topic x`, where that is known
 * @returns undefined where it is another error
 */
export function kafkaFailure(
  error: unknown,
  endpoint: KafkaEndpoint,
  subject?: string,
): Failure | undefined {
  const where = `Kafka at ${endpoint.brokers.join(', ')}`;
  const user = endpoint.sasl === undefined ? 'this client' : `the user "${endpoint.sasl.username}"`;
  const failure = (what: string, cure: string): Failure =>
    new Failure(`${where} ${what}`, { exit: 'serviceFailed', cure, cause: error });
  const doing = subject === undefined ? '' : ` (${subject})`;
  for (const link of chain(error)) {
    const type = 'type' in link && typeof link.type === 'string' ? link.type : '';
    if (type === 'SASL_AUTHENTICATION_FAILED' || link.name === 'KafkaJSSASLAuthenticationError') {
      return failure(
        `does not let ${user} in (${endpoint.sasl?.mechanism ?? 'no SASL'})`,
        'Correct KAFKA_USERNAME and KAFKA_PASSWORD, or KAFKA_SASL_MECHANISM.',
      );
    }
    const right = rights[type];
    if (right !== undefined) {
      const principal = `--allow-principal 'User:${endpoint.sasl?.username ?? 'ANONYMOUS'}'`;
      return failure(
        `refuses ${user} ${right.what}${doing}`,
        `Grant it: kafka-acls.sh --bootstrap-server ${endpoint.brokers[0] ?? ''} --add ${principal} ${right.grant}`,
      );
    }
  }
  return undefined;
}

/** What is missing, by Kafka's name of the error, and the options of kafka-acls.sh that grant it. */
const rights: Readonly<Record<string, { readonly what: string; readonly grant: string }>> = {
  TOPIC_AUTHORIZATION_FAILED: {
    what: 'a right on a topic',
    grant: '--operation Read --operation Write --operation Describe --topic TOPIC',
  },
  GROUP_AUTHORIZATION_FAILED: {
    what: 'a right on a consumer group',
    grant: '--operation Read --group GROUP',
  },
  CLUSTER_AUTHORIZATION_FAILED: {
    what: 'a right on the cluster',
    grant: '--operation IdempotentWrite --operation Create --cluster',
  },
};
