import type { KafkaEndpoint } from '../../config/endpoints.js';
import { chain } from '../../stores/kafka/errors.js';
import { Failure } from '../../util/failure.js';

/**
 * Explains an authentication or authorization error of Kafka.
 * @param subject the failed operation, such as `writing to topic x`, if known
 * @returns undefined for any other error
 */
export function kafkaFailure(
  error: unknown,
  endpoint: KafkaEndpoint,
  subject?: string,
): Failure | undefined {
  const where = `Kafka at ${endpoint.brokers.join(', ')}`;
  const user = endpoint.sasl === undefined ? 'this client' : `the user "${endpoint.sasl.username}"`;
  const failure = (what: string, cure: string): Failure =>
    new Failure(`${where} ${what}`, { code: 'service_failed', cure, cause: error });
  const doing = subject === undefined ? '' : ` (${subject})`;
  for (const link of chain(error)) {
    const type = 'type' in link && typeof link.type === 'string' ? link.type : '';
    if (type === 'SASL_AUTHENTICATION_FAILED' || link.name === 'KafkaJSSASLAuthenticationError') {
      return failure(
        `rejects the credentials of ${user} (${endpoint.sasl?.mechanism ?? 'no SASL'})`,
        'Correct KAFKA_USERNAME and KAFKA_PASSWORD, or KAFKA_SASL_MECHANISM.',
      );
    }
    const permission = permissions[type];
    if (permission !== undefined) {
      const principal = `--allow-principal 'User:${endpoint.sasl?.username ?? 'ANONYMOUS'}'`;
      return failure(
        `denies ${user} ${permission.what}${doing}`,
        `Grant it: kafka-acls.sh --bootstrap-server ${endpoint.brokers[0] ?? ''} --add ${principal} ${permission.grant}`,
      );
    }
  }
  return undefined;
}

/** The missing permission by Kafka's error type, and the options of kafka-acls.sh that grant it. */
const permissions: Readonly<Record<string, { readonly what: string; readonly grant: string }>> = {
  TOPIC_AUTHORIZATION_FAILED: {
    what: 'a permission on a topic',
    grant: '--operation Read --operation Write --operation Describe --topic TOPIC',
  },
  GROUP_AUTHORIZATION_FAILED: {
    what: 'a permission on a consumer group',
    grant: '--operation Read --group GROUP',
  },
  CLUSTER_AUTHORIZATION_FAILED: {
    what: 'a permission on the cluster',
    grant: '--operation IdempotentWrite --operation Create --cluster',
  },
};
