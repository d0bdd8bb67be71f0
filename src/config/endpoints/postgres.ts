import { resolve } from 'node:path';

import { Failure } from '../../util/failure.js';
import {
  bracketed,
  choiceFrom,
  decoded,
  hostFrom,
  hostFromUrl,
  portFrom,
  tlsFilesFrom,
  tlsFilesTo,
  urlFrom,
  valueOf,
  type Environment,
  type TlsFiles,
} from './variables.js';

/**
 * libpq's modes: `require` encrypts but trusts any server (unless a CA file is given), `verify-ca`
 * verifies the CA of the server's certificate, `verify-full` also the host name.
 */
const sslModes = ['disable', 'require', 'verify-ca', 'verify-full'] as const;

type SslMode = (typeof sslModes)[number];

export interface PostgresEndpoint {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Present if connections are encrypted. */
  readonly tls?: TlsFiles & { readonly mode: Exclude<SslMode, 'disable'> };
}

const tlsVariables = { ca: 'DB_SSLROOTCERT', cert: 'DB_SSLCERT', key: 'DB_SSLKEY' };

/** The equivalent URL parameters, as libpq names them. */
const parameters = {
  sslmode: 'DB_SSLMODE',
  sslrootcert: tlsVariables.ca,
  sslcert: tlsVariables.cert,
  sslkey: tlsVariables.key,
} as const;

export const postgresVariables = [
  'DATABASE_URL',
  'DB_HOST',
  'DB_PORT',
  'DB_NAME',
  'DB_USER',
  'DB_PASSWORD',
  ...Object.values(parameters),
];

/** DATABASE_URL overrides DB_HOST etc.; its `sslmode` and files DB_SSL*. @throws Failure (invalid_setting) */
export function postgresFrom(env: Environment): PostgresEndpoint {
  const url = valueOf(env, 'DATABASE_URL');
  if (url === undefined) {
    return {
      host: hostFrom('DB_HOST', valueOf(env, 'DB_HOST') ?? '127.0.0.1'),
      port: portFrom('DB_PORT', valueOf(env, 'DB_PORT'), 5432),
      database: valueOf(env, 'DB_NAME') ?? 'gamemetrics',
      user: valueOf(env, 'DB_USER') ?? 'gamemetrics',
      password: env['DB_PASSWORD'] ?? '',
      ...tlsFrom(env),
    };
  }
  const parsed = urlFrom('DATABASE_URL', url, ['postgres:', 'postgresql:']);
  const part = (text: string): string => decoded('DATABASE_URL', text);
  return {
    host: hostFrom('DATABASE_URL', hostFromUrl(parsed)),
    port: parsed.port === '' ? 5432 : Number(parsed.port),
    database: part(parsed.pathname.slice(1)) || 'gamemetrics',
    user: part(parsed.username) || 'gamemetrics',
    password: part(parsed.password),
    ...tlsFrom({ ...env, ...tlsInUrl(parsed) }),
  };
}

/** The inverse of {@link postgresFrom}; overrides all earlier values. */
export function postgresTo(postgres: PostgresEndpoint): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl(postgres),
    DB_HOST: postgres.host,
    DB_PORT: String(postgres.port),
    DB_NAME: postgres.database,
    DB_USER: postgres.user,
    DB_PASSWORD: postgres.password,
    DB_SSLMODE: postgres.tls?.mode ?? 'disable',
    ...(postgres.tls === undefined ? {} : tlsFilesTo(postgres.tls, tlsVariables)),
  };
}

/** `postgres://user:password@host:port/database`; it contains the password, so never log it. */
export function databaseUrl(postgres: PostgresEndpoint): string {
  const url = new URL(`postgres://${bracketed(postgres.host)}:${postgres.port}`);
  url.username = encodeURIComponent(postgres.user);
  url.password = encodeURIComponent(postgres.password);
  url.pathname = encodeURIComponent(postgres.database);
  const { tls } = postgres;
  if (tls !== undefined) {
    url.searchParams.set('sslmode', tls.mode);
    if (tls.caFile !== undefined) url.searchParams.set('sslrootcert', tls.caFile);
    if (tls.certFile !== undefined) url.searchParams.set('sslcert', tls.certFile);
    if (tls.keyFile !== undefined) url.searchParams.set('sslkey', tls.keyFile);
  }
  return url.href;
}

function tlsInUrl(url: URL): Environment {
  const given = Object.entries(parameters).flatMap(([parameter, variable]) => {
    const value = url.searchParams.get(parameter);
    return value === null ? [] : [[variable, value] as const];
  });
  return Object.fromEntries(given);
}

function tlsFrom(env: Environment): Pick<PostgresEndpoint, 'tls'> {
  const given = valueOf(env, 'DB_SSLMODE');
  if (given === 'prefer' || given === 'allow') {
    throw new Failure(`sslmode "${given}" is not supported: it falls back to no encryption`, {
      code: 'invalid_setting',
      cure: `Set DB_SSLMODE (or sslmode in DATABASE_URL) to ${sslModes.join(', ')}.`,
    });
  }
  const mode = choiceFrom('DB_SSLMODE', given ?? 'disable', sslModes);
  if (mode === 'disable') return {};
  // `system` is libpq's name for the system's CAs, which are our default.
  const files = tlsFilesFrom(env, tlsVariables);
  const { caFile, ...others } = files;
  return { tls: { mode, ...(caFile === resolve('system') ? others : files) } };
}
