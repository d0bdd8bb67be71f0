import { kafkaFrom, kafkaTo, kafkaVariables, type KafkaEndpoint } from './endpoints/kafka.js';
import {
  postgresFrom,
  postgresTo,
  postgresVariables,
  type PostgresEndpoint,
} from './endpoints/postgres.js';
import { redisFrom, redisTo, redisVariables, type RedisEndpoint } from './endpoints/redis.js';
import { valueOf, type Environment } from './endpoints/variables.js';

export type { KafkaEndpoint, KafkaSasl } from './endpoints/kafka.js';
export { databaseUrl, type PostgresEndpoint } from './endpoints/postgres.js';
export { redisName, redisUrl, type RedisEndpoint } from './endpoints/redis.js';
export { splitAddress, type Environment, type TlsFiles } from './endpoints/variables.js';

/**
 * All that the pipeline knows about the stack that it runs on.
 * `namespace` prefixes every topic, consumer group and Redis key (empty for the plain names), so that
 * several pipelines can share one Kafka and one Redis; each pipeline has its own database.
 */
export interface Endpoints {
  readonly kafka: KafkaEndpoint;
  readonly postgres: PostgresEndpoint;
  readonly redis: RedisEndpoint;
  readonly namespace: string;
}

/** The variables that select an external stack: setting any one of them is enough. */
export const externalVariables = [
  'KAFKA_BOOTSTRAP_SERVERS',
  'DATABASE_URL',
  'DB_HOST',
  'REDIS_URL',
  'REDIS_HOST',
  'REDIS_SENTINELS',
] as const;

const namespaceVariable = 'GAMEMETRICS_NAMESPACE';

/** Every variable that holds an address or the credentials of a service. */
export const endpointVariables: readonly string[] = [
  ...kafkaVariables,
  ...postgresVariables,
  ...redisVariables,
  namespaceVariable,
];

/**
 * Reads the addresses and credentials of an external stack from the usual variables. The default is
 * the service's usual local address, without encryption. See docs/external.md.
 * @throws Failure (invalid_setting) that names the variable with an invalid value
 */
export function endpointsFromEnvironment(env: Environment): Endpoints {
  return {
    kafka: kafkaFrom(env),
    postgres: postgresFrom(env),
    redis: redisFrom(env),
    namespace: valueOf(env, namespaceVariable) ?? '',
  };
}

/**
 * Converts endpoints to variables, with secrets: the inverse of {@link endpointsFromEnvironment}.
 * They override all variables of another stack.
 */
export function endpointsToEnvironment(endpoints: Endpoints): Record<string, string> {
  const { kafka, postgres, redis, namespace } = endpoints;
  return {
    ...kafkaTo(kafka),
    ...postgresTo(postgres),
    ...redisTo(redis),
    [namespaceVariable]: namespace,
  };
}

/** Endpoints that are safe to print: every password is replaced by stars. */
export function withoutSecrets({ kafka, postgres, redis, namespace }: Endpoints): Endpoints {
  const password = '***';
  const { sasl } = kafka;
  const { sentinel } = redis;
  const sentinelPassword = sentinel?.password === undefined ? {} : { password };
  return {
    kafka: { ...kafka, ...(sasl === undefined ? {} : { sasl: { ...sasl, password } }) },
    postgres: { ...postgres, password },
    redis: {
      ...redis,
      ...(redis.password === undefined ? {} : { password }),
      ...(sentinel === undefined ? {} : { sentinel: { ...sentinel, ...sentinelPassword } }),
    },
    namespace,
  };
}
