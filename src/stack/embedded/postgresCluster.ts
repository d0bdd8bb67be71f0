import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Environment } from '../../config/endpoints.js';
import { Failure } from '../../util/failure.js';
import { freeSomeSpace, saysDiskFull } from '../process/fullDisk.js';
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
 * The role is no superuser: its password is no secret on this machine, and a superuser may run
 * programs on this machine. The superuser, `postgres`, has no password, so it cannot log in.
 */
const setUp = `
CREATE ROLE gamemetrics LOGIN CREATEDB PASSWORD 'gamemetrics';
GRANT pg_monitor TO gamemetrics;
CREATE DATABASE gamemetrics OWNER gamemetrics;
`;

/**
 * Makes the data directory with the role and the database in it where there is none yet: aside,
 * then renamed, so that an interruption leaves none rather than half of one.
 * @throws Failure (service_failed) where one is there that another major version has written
 */
export async function initialiseCluster(cluster: Cluster): Promise<void> {
  const { data, binaries } = cluster;
  if (existsSync(data)) {
    checkVersion(data, binaries.majorVersion);
    return;
  }
  // Each has a name of its own: initdb empties its folder where it fails, and one that was
  // stopped, or whose supervisor was killed, may still be running.
  const unfinished = `${data}.unfinished-${randomUUID()}`;
  await removeUnfinished(dirname(data));
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  if (cluster.account) give(unfinished, cluster.account);
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

/** Who owns the data directory; undefined where there is none yet. */
export function ownerOf(data: string): { uid: number; gid: number } | undefined {
  return existsSync(data) ? statSync(data) : undefined;
}

function give(directory: string, { uid, gid }: Account): void {
  try {
    chownSync(directory, uid, gid);
  } catch (cause) {
    // A container without the capabilities, or a user namespace without that user.
    throw new Failure('PostgreSQL does not run as root, and root may not change its user here', {
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
  const what =
    found === undefined
      ? `${data} is not a data directory of PostgreSQL`
      : `the data in ${data} was written by PostgreSQL ${found}, and this is ${expected}`;
  throw new Failure(what, { code: 'data_unusable', facts: { directory: dirname(data) } });
}

/** Runs one of PostgreSQL's programs to its end. */
function run(cluster: Cluster, program: string, args: string[], input = ''): Promise<void> {
  const [command = '', ...rest] = [...(cluster.account?.prefix ?? []), program, ...args];
  const child = spawn(command, rest, { env: cluster.env, stdio: 'pipe', signal: cluster.signal });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output += data.toString()));
  // It may end without having read its input; how it ended says more than that.
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
  const said = output.trim().split('\n').slice(-15).join('\n  ');
  return new Failure(`${program} failed (${status}):\n  ${said}`, {
    code: 'service_failed',
    ...(saysDiskFull(output) ? { cure: freeSomeSpace } : {}),
  });
}
