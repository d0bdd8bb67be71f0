import { Failure } from '../../util/failure.js';
import {
  addressesFrom,
  bracketed,
  choiceFrom,
  decoded,
  hostFrom,
  hostFromUrl,
  portFrom,
  splitAddress,
  tlsFilesFrom,
  tlsFilesTo,
  urlFrom,
  valueOf,
  type Environment,
  type TlsFiles,
} from './variables.js';

/** The Sentinels of a master. Connections to them use TLS if those to Redis do. */
interface RedisSentinel {
  /** `host:port` pairs. */
  readonly addresses: readonly string[];
  /** Their name for the master. */
  readonly master: string;
  readonly username?: string;
  readonly password?: string;
}

export interface RedisEndpoint {
  /** The server's host and port; with Sentinel, those of the first Sentinel. */
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  /** The number of the database; 0 by default. */
  readonly database?: number;
  /** Present if connections are encrypted. */
  readonly tls?: TlsFiles;
  readonly sentinel?: RedisSentinel;
}

const tlsVariables = { ca: 'REDIS_CA_FILE', cert: 'REDIS_CERT_FILE', key: 'REDIS_KEY_FILE' };

export const redisVariables = [
  'REDIS_URL',
  'REDIS_HOST',
  'REDIS_PORT',
  'REDIS_USERNAME',
  'REDIS_PASSWORD',
  'REDIS_DB',
  'REDIS_TLS',
  'REDIS_SENTINELS',
  'REDIS_SENTINEL_MASTER',
  'REDIS_SENTINEL_USERNAME',
  'REDIS_SENTINEL_PASSWORD',
  ...Object.values(tlsVariables),
];

/** REDIS_URL overrides the other variables, REDIS_SENTINELS the host. @throws Failure (invalid_setting) */
export function redisFrom(env: Environment): RedisEndpoint {
  const url = valueOf(env, 'REDIS_URL');
  if (url !== undefined) return fromUrl(url, env);
  const sentinel = sentinelFrom(env);
  const first = sentinel && splitAddress(sentinel.addresses[0] ?? '');
  return {
    host: first?.host ?? hostFrom('REDIS_HOST', valueOf(env, 'REDIS_HOST') ?? '127.0.0.1'),
    port: first?.port ?? portFrom('REDIS_PORT', valueOf(env, 'REDIS_PORT'), 6379),
    ...identity(valueOf(env, 'REDIS_USERNAME'), valueOf(env, 'REDIS_PASSWORD')),
    ...databaseFrom('REDIS_DB', valueOf(env, 'REDIS_DB')),
    ...(isEncrypted(env) ? { tls: tlsFilesFrom(env, tlsVariables) } : {}),
    ...(sentinel === undefined ? {} : { sentinel }),
  };
}

/** The inverse of {@link redisFrom}; overrides all earlier values. */
export function redisTo(redis: RedisEndpoint): Record<string, string> {
  const { host, port, username, password, tls, sentinel, database } = redis;
  const access = {
    ...(username === undefined ? {} : { REDIS_USERNAME: username }),
    ...(password === undefined ? {} : { REDIS_PASSWORD: password }),
    ...(tls === undefined ? {} : tlsFilesTo(tls, tlsVariables)),
  };
  if (sentinel === undefined) {
    return { REDIS_URL: redisUrl(redis), REDIS_HOST: host, REDIS_PORT: String(port), ...access };
  }
  return {
    // Clients have no common URL format for Sentinels.
    REDIS_URL: '',
    REDIS_SENTINELS: sentinel.addresses.join(','),
    REDIS_SENTINEL_MASTER: sentinel.master,
    REDIS_SENTINEL_USERNAME: sentinel.username ?? '',
    REDIS_SENTINEL_PASSWORD: sentinel.password ?? '',
    REDIS_USERNAME: '',
    REDIS_PASSWORD: '',
    REDIS_DB: String(database ?? 0),
    REDIS_TLS: String(tls !== undefined),
    ...access,
  };
}

/**
 * `redis://user:password@host:port/database`, or `rediss://` if it is encrypted; it contains the
 * password, so never log it. With Sentinel, it is the URL of the first Sentinel.
 */
export function redisUrl(redis: RedisEndpoint): string {
  const scheme = redis.tls === undefined ? 'redis' : 'rediss';
  const url = new URL(`${scheme}://${bracketed(redis.host)}:${redis.port}`);
  if (redis.username !== undefined) url.username = encodeURIComponent(redis.username);
  if (redis.password !== undefined) url.password = encodeURIComponent(redis.password);
  if (redis.database !== undefined) url.pathname = String(redis.database);
  return url.href;
}

/** The address for display: without a password and, with Sentinel, by the master's name. */
export function redisName({ host, port, database, tls, sentinel }: RedisEndpoint): string {
  if (sentinel !== undefined) {
    return `${sentinel.master} of Sentinel ${sentinel.addresses.join(', ')}`;
  }
  return redisUrl({
    host,
    port,
    ...(database === undefined ? {} : { database }),
    ...(tls === undefined ? {} : { tls }),
  });
}

function fromUrl(url: string, env: Environment): RedisEndpoint {
  const parsed = urlFrom('REDIS_URL', url, ['redis:', 'rediss:']);
  const part = (text: string): string | undefined =>
    text === '' ? undefined : decoded('REDIS_URL', text);
  return {
    host: hostFrom('REDIS_URL', hostFromUrl(parsed)),
    port: parsed.port === '' ? 6379 : Number(parsed.port),
    ...identity(part(parsed.username), part(parsed.password)),
    ...databaseFrom('REDIS_URL', part(parsed.pathname.slice(1))),
    ...(parsed.protocol === 'rediss:' ? { tls: tlsFilesFrom(env, tlsVariables) } : {}),
  };
}

function identity(
  username: string | undefined,
  password: string | undefined,
): Pick<RedisEndpoint, 'username' | 'password'> {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

function databaseFrom(variable: string, text: string | undefined): Pick<RedisEndpoint, 'database'> {
  if (text === undefined) return {};
  if (/^\d{1,5}$/.test(text)) return Number(text) === 0 ? {} : { database: Number(text) };
  throw new Failure(`${variable}: "${text}" is not the number of a Redis database`, {
    code: 'invalid_setting',
    cure: 'Give a whole number, as in redis://127.0.0.1:6379/1, or none.',
  });
}

function isEncrypted(env: Environment): boolean {
  const given = valueOf(env, 'REDIS_TLS');
  if (given !== undefined) return choiceFrom('REDIS_TLS', given, ['true', 'false']) === 'true';
  return Object.values(tlsVariables).some((variable) => valueOf(env, variable) !== undefined);
}

function sentinelFrom(env: Environment): RedisSentinel | undefined {
  const addresses = valueOf(env, 'REDIS_SENTINELS');
  if (addresses === undefined) return undefined;
  return {
    addresses: addressesFrom('REDIS_SENTINELS', addresses),
    master: valueOf(env, 'REDIS_SENTINEL_MASTER') ?? 'mymaster',
    ...identity(valueOf(env, 'REDIS_SENTINEL_USERNAME'), valueOf(env, 'REDIS_SENTINEL_PASSWORD')),
  };
}
