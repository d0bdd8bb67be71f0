import type { RedisOptions } from 'ioredis';

import { splitAddress, type RedisEndpoint } from '../../config/endpoints.js';
import { readTls } from '../tls.js';
import { replyCode } from './errors.js';

/** How ioredis connects to an endpoint. @throws Failure (invalid_setting) for a TLS file that cannot be used */
export function redisOptions(endpoint: RedisEndpoint): RedisOptions {
  const { host, port, username, password, database, tls, sentinel } = endpoint;
  const context = tls === undefined ? undefined : readTls(tls);
  const common: RedisOptions = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { db: database }),
    ...(context === undefined ? {} : { tls: context }),
  };
  if (sentinel === undefined) return { ...common, host, port };
  return {
    ...common,
    sentinels: sentinel.addresses.map(splitAddress),
    name: sentinel.master,
    ...(sentinel.username === undefined ? {} : { sentinelUsername: sentinel.username }),
    ...(sentinel.password === undefined ? {} : { sentinelPassword: sentinel.password }),
    ...(context === undefined ? {} : { enableTLSForSentinelMode: true, sentinelTLS: context }),
    sentinelRetryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
    // A master that Sentinel has replaced answers READONLY: reconnecting asks for the new one.
    reconnectOnError: (error) => replyCode(error) === 'READONLY',
  };
}
