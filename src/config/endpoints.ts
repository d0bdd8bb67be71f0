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
 * The one thing that the pipeline knows of the stack it runs on.
 * `namespace` goes before every topic, consumer group and Redis key (empty for the plain names),
 * so that several pipelines share one Kafka and one Redis; a database is a pipeline's own.
 */
export interface Endpoints {
  readonly kafka: KafkaEndpoint;
  readonly postgres: PostgresEndpoint;
  readonly redis: RedisEndpoint;
  readonly namespace: string;
}

/** The variables that select an external stack: any one of them is a decision of the user's. */
export const externalVariables = [
  'KAFKA_BOOTSTRAP_SERVERS',
  'DATABASE_URL',
  'DB_HOST',
  'REDIS_URL',
  'REDIS_HOST',
  'REDIS_SENTINELS',
] as const;

const namespaceVariable = 'GAMEMETRICS_NAMESPACE';

/** Every variable that says where the services are or how to get in. */
export const endpointVariables: readonly string[] = [
  ...kafkaVariables,
  ...postgresVariables,
  ...redisVariables,
  namespaceVariable,
];

/**
 * Reads the addresses of an external stack, and what it takes to get in, from the usual variables;
 * what is not set is the service's usual local address, without encryption. See docs/external.md.
 * @throws Failure (usage) that names the variable whose value cannot be used
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
 * The same as variables, secrets included: the inverse of {@link endpointsFromEnvironment}. Set
 * over variables of another stack they still win.
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

/** Endpoints that may be shown to anybody: every password is replaced by stars. */
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
