import type { ConnectionOptions } from 'node:tls';

import type { ClientConfig } from 'pg';

import type { PostgresEndpoint } from '../../config/endpoints.js';
import { readTls } from '../tls.js';

/** How pg connects to an endpoint. @throws Failure (invalid_setting) for a TLS file that cannot be used */
export function postgresOptions(endpoint: PostgresEndpoint): ClientConfig {
  const { host, port, database, user, password, tls } = endpoint;
  const common = { host, port, database, user, password };
  return { ...common, ssl: tls === undefined ? false : sslOptions(tls) };
}

/** libpq's sslmode in terms of Node's tls. @throws Failure (invalid_setting) for a file that cannot be used */
export function sslOptions(tls: NonNullable<PostgresEndpoint['tls']>): ConnectionOptions {
  const context = readTls(tls);
  const verified = tls.mode !== 'require' || context.ca !== undefined;
  const named = tls.mode === 'verify-full';
  return {
    ...context,
    rejectUnauthorized: verified,
    ...(named ? {} : { checkServerIdentity: () => undefined }),
  };
}
