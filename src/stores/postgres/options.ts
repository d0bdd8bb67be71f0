import type { ClientConfig } from 'pg';

import type { PostgresEndpoint } from '../../config/endpoints.js';
import { readTls } from '../tls.js';

/** How pg reaches an endpoint. @throws Failure (usage) for a file that is no certificate */
export function postgresOptions(endpoint: PostgresEndpoint): ClientConfig {
  const { host, port, database, user, password, tls } = endpoint;
  const common = { host, port, database, user, password };
  return { ...common, ssl: tls === undefined ? false : sslOptions(tls) };
}

/** What libpq's modes are in Node's terms. */
export function sslOptions(
  tls: NonNullable<PostgresEndpoint['tls']>,
): Exclude<ClientConfig['ssl'], boolean | undefined> {
  const context = readTls(tls);
  const verified = tls.mode !== 'require' || context.ca !== undefined;
  const named = tls.mode === 'verify-full';
  return {
    ...context,
    rejectUnauthorized: verified,
    ...(named ? {} : { checkServerIdentity: () => undefined }),
  };
}
