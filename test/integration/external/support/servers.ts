import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { environment } from '../../../../src/config/environment.js';
import { postgresServer } from '../../../../src/stack/embedded/postgres.js';
import { SupervisedProcess } from '../../../../src/stack/process/supervisedProcess.js';
import { until } from '../../../support/until.js';
import { scratchFolder } from './certificates.js';

/** A port of 127.0.0.1 on which no process listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Runs redis-server with options (`--name value`) until the test ends; resolves once it listens. */
export async function startRedis(port: number, ...options: string[]): Promise<void> {
  const folder = scratchFolder();
  const common = ['--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  const child = spawn('redis-server', [...options, ...common], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  await until(() => listens(port));
}

export interface SentinelOptions {
  /** Default: a free port. */
  readonly port?: number;
  /** More lines of its configuration; with a `tls-port` it uses TLS. */
  readonly lines?: readonly string[];
}

/** Runs a Sentinel that monitors one master, called `main`. @returns its port */
export async function startSentinel(
  master: number,
  { port, lines = [] }: SentinelOptions = {},
): Promise<number> {
  const own = port ?? (await freePort());
  const file = join(scratchFolder(), 'sentinel.conf');
  writeFileSync(file, [`sentinel monitor main 127.0.0.1 ${master} 1`, ...lines, ''].join('\n'));
  const encrypted = lines.some((line) => line.startsWith('tls-port'));
  const ports = encrypted ? ['0', '--tls-port', String(own)] : [String(own)];
  await startRedis(own, file, '--sentinel', '--port', ...ports);
  return own;
}

/** A line of pg_hba.conf, without the newline. */
export type HostRule = string;

/**
 * Runs the embedded PostgreSQL with more settings until the test ends.
 * @returns its port
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>>,
  rule: HostRule = 'host all all 127.0.0.1/32 scram-sha-256',
): Promise<number> {
  const folder = scratchFolder();
  const port = await freePort();
  const hba = join(folder, 'pg_hba.conf');
  writeFileSync(hba, `${rule}\n`, { mode: 0o644 });
  const log = join(folder, 'postgres.log');
  const signal = new AbortController().signal;
  const spec = await postgresServer(folder, port, log, environment(), signal);
  const more = Object.entries({ ...settings, hba_file: hba }).flatMap(([key, value]) => [
    '-c',
    `${key}=${value}`,
  ]);
  const server = new SupervisedProcess({ ...spec, args: [...spec.args, ...more] }, () => undefined);
  onTestFinished(async () => server.stop());
  await server.start().catch((error: unknown) => {
    throw new Error(readFileSync(log, 'utf8'), { cause: error });
  });
  return port;
}

/** Starts a fake server, which calls `onConnection` for each connection. @returns its port */
export async function startFake(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
