import type { Endpoints } from '../../src/index.js';

type Kafka = Endpoints['kafka'];

/** The listeners of a real Apache Kafka with a user. */
export interface SaslKafka {
  /** SASL_SSL with SCRAM-SHA-512. */
  readonly encrypted: Kafka;
  /** SASL_PLAINTEXT with SCRAM-SHA-512. */
  readonly unencrypted: Kafka;
  /** PLAINTEXT, without a user. */
  readonly open: Kafka;
}

/** The Kafka of GAMEMETRICS_TEST_KAFKA*, which .ci/run sets; undefined without them. */
export function saslKafka(env: NodeJS.ProcessEnv = process.env): SaslKafka | undefined {
  const brokers = (suffix: string): string[] =>
    (env[`GAMEMETRICS_TEST_KAFKA${suffix}`] ?? '').split(',').filter((each) => each !== '');
  const username = env['GAMEMETRICS_TEST_KAFKA_USERNAME'] ?? '';
  const password = env['GAMEMETRICS_TEST_KAFKA_PASSWORD'] ?? '';
  const caFile = env['GAMEMETRICS_TEST_KAFKA_CA_FILE'] ?? '';
  if (brokers('_SASL').length === 0) return undefined;
  const sasl = { mechanism: 'SCRAM-SHA-512', username, password } as const;
  return {
    encrypted: { brokers: brokers('_SASL'), tls: { caFile }, sasl },
    unencrypted: { brokers: brokers('_SASL_PLAINTEXT'), sasl },
    open: { brokers: brokers('') },
  };
}
