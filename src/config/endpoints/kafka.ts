import { Failure } from '../../util/failure.js';
import {
  addressesFrom,
  choiceFrom,
  tlsFilesFrom,
  tlsFilesTo,
  valueOf,
  type Environment,
  type TlsFiles,
} from './variables.js';

const securityProtocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;

type SecurityProtocol = (typeof securityProtocols)[number];

const saslMechanisms = ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN'] as const;

export interface KafkaSasl {
  readonly mechanism: (typeof saslMechanisms)[number];
  readonly username: string;
  readonly password: string;
}

/** The addresses of Kafka, and the credentials for it. */
export interface KafkaEndpoint {
  /** `host:port` pairs. */
  readonly brokers: readonly string[];
  /** Present if connections are encrypted. */
  readonly tls?: TlsFiles;
  /** Present if Kafka requires authentication. */
  readonly sasl?: KafkaSasl;
}

const tlsVariables = {
  ca: 'KAFKA_SSL_CA_FILE',
  cert: 'KAFKA_SSL_CERT_FILE',
  key: 'KAFKA_SSL_KEY_FILE',
};

export const kafkaVariables = [
  'KAFKA_BOOTSTRAP_SERVERS',
  'KAFKA_SECURITY_PROTOCOL',
  'KAFKA_SASL_MECHANISM',
  'KAFKA_USERNAME',
  'KAFKA_PASSWORD',
  ...Object.values(tlsVariables),
];

/**
 * Reads the endpoint. If KAFKA_SECURITY_PROTOCOL is not set, a username implies SASL, and a CA or
 * certificate file implies TLS.
 * @throws Failure (invalid_setting) if a value is invalid
 */
export function kafkaFrom(env: Environment): KafkaEndpoint {
  const brokers = addressesFrom(
    'KAFKA_BOOTSTRAP_SERVERS',
    valueOf(env, 'KAFKA_BOOTSTRAP_SERVERS') ?? '127.0.0.1:9092',
  );
  const protocol = protocolFrom(env);
  return {
    brokers,
    ...(protocol.endsWith('SSL') ? { tls: tlsFilesFrom(env, tlsVariables) } : {}),
    ...(protocol.startsWith('SASL') ? { sasl: saslFrom(env, protocol) } : {}),
  };
}

/** The inverse of {@link kafkaFrom}; overrides all earlier values. */
export function kafkaTo({ brokers, tls, sasl }: KafkaEndpoint): Record<string, string> {
  return {
    KAFKA_BOOTSTRAP_SERVERS: brokers.join(','),
    KAFKA_SECURITY_PROTOCOL: securityProtocolOf({ brokers, tls, sasl }),
    ...(tls === undefined ? {} : tlsFilesTo(tls, tlsVariables)),
    ...(sasl === undefined
      ? {}
      : {
          KAFKA_SASL_MECHANISM: sasl.mechanism,
          KAFKA_USERNAME: sasl.username,
          KAFKA_PASSWORD: sasl.password,
        }),
  };
}

/** The `security.protocol` of an endpoint, as Kafka's clients name it. */
function securityProtocolOf({
  tls,
  sasl,
}: {
  readonly [Part in keyof KafkaEndpoint]: KafkaEndpoint[Part] | undefined;
}): SecurityProtocol {
  if (sasl === undefined) return tls === undefined ? 'PLAINTEXT' : 'SSL';
  return tls === undefined ? 'SASL_PLAINTEXT' : 'SASL_SSL';
}

function protocolFrom(env: Environment): SecurityProtocol {
  const given = valueOf(env, 'KAFKA_SECURITY_PROTOCOL');
  if (given !== undefined) return choiceFrom('KAFKA_SECURITY_PROTOCOL', given, securityProtocols);
  const files = Object.values(tlsVariables).some((name) => valueOf(env, name) !== undefined);
  const named = valueOf(env, 'KAFKA_USERNAME') !== undefined;
  if (named) return files ? 'SASL_SSL' : 'SASL_PLAINTEXT';
  return files ? 'SSL' : 'PLAINTEXT';
}

function saslFrom(env: Environment, protocol: SecurityProtocol): KafkaSasl {
  const username = valueOf(env, 'KAFKA_USERNAME');
  const password = valueOf(env, 'KAFKA_PASSWORD');
  if (username === undefined || password === undefined) {
    const missing = username === undefined ? 'KAFKA_USERNAME' : 'KAFKA_PASSWORD';
    throw new Failure(`${missing} is not set, and ${protocol} requires it`, {
      code: 'invalid_setting',
      cure: 'Set KAFKA_USERNAME and KAFKA_PASSWORD, or another KAFKA_SECURITY_PROTOCOL.',
    });
  }
  const mechanism = valueOf(env, 'KAFKA_SASL_MECHANISM') ?? saslMechanisms[0];
  return {
    mechanism: choiceFrom('KAFKA_SASL_MECHANISM', mechanism, saslMechanisms),
    username,
    password,
  };
}
