import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Environment } from '../../config/endpoints.js';
import { Failure } from '../../util/failure.js';
import { freeDiskSpace, reportsFullDisk } from '../process/fullDisk.js';
import type { PostgresBinaries } from './postgresBinaries.js';
import type { Account } from './unprivileged.js';

export interface Cluster {
  /** PostgreSQL's data directory. */
  readonly data: string;
  readonly binaries: PostgresBinaries;
  readonly account: Account | undefined;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/**
 * The role is not a superuser: its password is not a secret, and a superuser can run programs on
 * this machine. The superuser, `postgres`, has no password, so it cannot log in.
 */
const setUp = `
CREATE ROLE gamemetrics LOGIN CREATEDB PASSWORD 'gamemetrics';
GRANT pg_monitor TO gamemetrics;
CREATE DATABASE gamemetrics OWNER gamemetrics;
`;

/**
 * Creates the data directory, with the role and the database, if it does not exist. It is created
 * under another name and then renamed, so that an interruption leaves no partial data directory.
 * @throws Failure: data_unusable if another major version wrote the existing directory,
 *   service_failed if initdb or postgres fails
 */
export async function initialiseCluster(cluster: Cluster): Promise<void> {
  const { data, binaries } = cluster;
  if (existsSync(data)) {
    checkVersion(data, binaries.majorVersion);
    return;
  }
  // The name is unique: initdb empties its folder when it fails, and an initdb that was stopped, or
  // whose supervisor was killed, may still be running.
  const unfinished = `${data}.unfinished-${randomUUID()}`;
  await removeUnfinished(dirname(data));
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  if (cluster.account) changeOwner(unfinished, cluster.account);
  await run(cluster, binaries.initdb, [
    ...['--pgdata', unfinished, '--username', 'postgres', '--no-instructions'],
    ...['--auth-local', 'reject', '--auth-host', 'scram-sha-256', '--encoding', 'UTF8'],
    ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C'],
  ]);
  const single = ['--single', '-D', unfinished, '-c', 'log_min_messages=error', 'postgres'];
  await run(cluster, binaries.postgres, single, setUp);
  await rename(unfinished, data);
}

async function removeUnfinished(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  const names = readdirSync(directory).filter((name) => name.includes('.unfinished-'));
  const options = { recursive: true, force: true, maxRetries: 10 };
  for (const name of names) await rm(join(directory, name), options);
}

/** The owner of the data directory; undefined if it does not exist yet. */
export function ownerOf(data: string): { uid: number; gid: number } | undefined {
  return existsSync(data) ? statSync(data) : undefined;
}

function changeOwner(directory: string, { uid, gid }: Account): void {
  try {
    chownSync(directory, uid, gid);
  } catch (cause) {
    // The container lacks the capability, or the user namespace lacks that user.
    throw new Failure('PostgreSQL does not run as root, and root cannot change its user here', {
      code: 'service_failed',
      cure: 'Run gamemetrics as an ordinary user.',
      cause,
    });
  }
}

function checkVersion(data: string, expected: string): void {
  const file = join(data, 'PG_VERSION');
  const found = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  if (found === expected) return;
  const problem =
    found === undefined
      ? `${data} is not a PostgreSQL data directory`
      : `the data in ${data} was written by PostgreSQL ${found}, but this is PostgreSQL ${expected}`;
  throw new Failure(problem, { code: 'data_unusable', facts: { directory: dirname(data) } });
}

/** Runs one of PostgreSQL's programs and waits for it to exit. */
function run(cluster: Cluster, program: string, args: string[], input = ''): Promise<void> {
  const [command = '', ...rest] = [...(cluster.account?.prefix ?? []), program, ...args];
  const child = spawn(command, rest, { env: cluster.env, stdio: 'pipe', signal: cluster.signal });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output += data.toString()));
  // The program may exit before it has read its input; its exit status explains more than EPIPE.
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0 && !/^(ERROR|FATAL|PANIC):/m.test(output)) resolve();
      else reject(setUpFailure(program, code ?? String(signal), output));
    });
  });
}

function setUpFailure(program: string, status: number | string, output: string): Failure {
  const lastLines = output.trim().split('\n').slice(-15).join('\n  ');
  return new Failure(`${program} failed (${status}):\n  ${lastLines}`, {
    code: 'service_failed',
    ...(reportsFullDisk(output) ? { cure: freeDiskSpace } : {}),
  });
}
