import { Failure } from './failure.js';

/** Where Kafka is: `host:port` pairs. */
export interface KafkaEndpoint {
  readonly brokers: readonly string[];
}

export interface PostgresEndpoint {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

export interface RedisEndpoint {
  readonly host: string;
  readonly port: number;
  readonly password?: string;
}

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

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that select an external stack: any one of them is a decision of the user's. */
export const externalVariables = [
  'KAFKA_BOOTSTRAP_SERVERS',
  'DATABASE_URL',
  'DB_HOST',
  'REDIS_URL',
  'REDIS_HOST',
] as const;

/**
 * Reads the addresses of an external stack from the usual variables; what is not set is the
 * service's usual local address. A URL wins over its single parts.
 * @throws Failure (usage) that names the variable whose value cannot be read
 */
export function endpointsFromEnvironment(env: Environment): Endpoints {
  return {
    kafka: { brokers: brokersFrom(env['KAFKA_BOOTSTRAP_SERVERS'] ?? '127.0.0.1:9092') },
    postgres: postgresFrom(env),
    redis: redisFrom(env),
    namespace: env['GAMEMETRICS_NAMESPACE'] ?? '',
  };
}

/** The same addresses as variables: the inverse of {@link endpointsFromEnvironment}. */
export function endpointsToEnvironment(endpoints: Endpoints): Record<string, string> {
  const { kafka, postgres, redis, namespace } = endpoints;
  return {
    KAFKA_BOOTSTRAP_SERVERS: kafka.brokers.join(','),
    DATABASE_URL: databaseUrl(postgres),
    DB_HOST: postgres.host,
    DB_PORT: String(postgres.port),
    DB_NAME: postgres.database,
    DB_USER: postgres.user,
    DB_PASSWORD: postgres.password,
    REDIS_URL: redisUrl(redis),
    REDIS_HOST: redis.host,
    REDIS_PORT: String(redis.port),
    ...(redis.password === undefined ? {} : { REDIS_PASSWORD: redis.password }),
    ...(namespace === '' ? {} : { GAMEMETRICS_NAMESPACE: namespace }),
  };
}

/** `postgres://user:password@host:port/database`; it holds the password, so never log it. */
export function databaseUrl(postgres: PostgresEndpoint): string {
  const url = new URL(`postgres://${hostInUrl(postgres.host)}:${postgres.port}`);
  url.username = encodeURIComponent(postgres.user);
  url.password = encodeURIComponent(postgres.password);
  url.pathname = encodeURIComponent(postgres.database);
  return url.href;
}

/** `redis://:password@host:port`; it holds the password, so never log it. */
export function redisUrl(redis: RedisEndpoint): string {
  const url = new URL(`redis://${hostInUrl(redis.host)}:${redis.port}`);
  if (redis.password !== undefined) url.password = encodeURIComponent(redis.password);
  return url.href;
}

function brokersFrom(value: string): string[] {
  const brokers = value.split(',').map((broker) => broker.trim());
  const wrong = brokers.find(
    (broker) => !/^[^\s:]+:\d{1,5}$|^\[[\da-f:]+\]:\d{1,5}$/i.test(broker),
  );
  if (wrong !== undefined) {
    throw new Failure(`KAFKA_BOOTSTRAP_SERVERS: "${wrong}" is not host:port`, {
      exit: 'usage',
      cure: 'Set it to one or more host:port pairs with commas between, such as 127.0.0.1:9092.',
    });
  }
  return brokers;
}

function postgresFrom(env: Environment): PostgresEndpoint {
  const url = env['DATABASE_URL'];
  if (url !== undefined && url !== '') {
    const parsed = parseUrl('DATABASE_URL', url, ['postgres:', 'postgresql:']);
    return {
      host: hostFromUrl(parsed),
      port: parsed.port === '' ? 5432 : Number(parsed.port),
      database: decodeURIComponent(parsed.pathname.slice(1)) || 'gamemetrics',
      user: decodeURIComponent(parsed.username) || 'gamemetrics',
      password: decodeURIComponent(parsed.password),
    };
  }
  return {
    host: env['DB_HOST'] ?? '127.0.0.1',
    port: portFrom('DB_PORT', env['DB_PORT'], 5432),
    database: env['DB_NAME'] ?? 'gamemetrics',
    user: env['DB_USER'] ?? 'gamemetrics',
    password: env['DB_PASSWORD'] ?? '',
  };
}

function redisFrom(env: Environment): RedisEndpoint {
  const url = env['REDIS_URL'];
  if (url !== undefined && url !== '') {
    const parsed = parseUrl('REDIS_URL', url, ['redis:']);
    return {
      host: hostFromUrl(parsed),
      port: parsed.port === '' ? 6379 : Number(parsed.port),
      ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
    };
  }
  const password = env['REDIS_PASSWORD'];
  return {
    host: env['REDIS_HOST'] ?? '127.0.0.1',
    port: portFrom('REDIS_PORT', env['REDIS_PORT'], 6379),
    ...(password === undefined || password === '' ? {} : { password }),
  };
}

function portFrom(variable: string, value: string | undefined, fallback: number): number {
  if (value === undefined || value === '') return fallback;
  const port = Number(value);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Failure(`${variable}: "${value}" is not a port`, {
    exit: 'usage',
    cure: 'Set it to a whole number from 1 to 65535.',
  });
}

/** The value is not shown in the error: it may hold a password. */
function parseUrl(variable: string, value: string, protocols: readonly string[]): URL {
  if (URL.canParse(value)) {
    const url = new URL(value);
    if (protocols.includes(url.protocol)) return url;
  }
  throw new Failure(`${variable} is not a URL that starts with ${protocols.join('// or ')}//`, {
    exit: 'usage',
    cure: `Set it to a URL such as ${protocols[0] ?? ''}//user:password@127.0.0.1:1234/name.`,
  });
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function hostFromUrl(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
}
