import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { platform } from 'node:os';

import type { Environment } from '../../config/endpoints.js';
import { Failure } from '../../util/failure.js';
import type { ProcessSpec } from '../process/supervisedProcess.js';
import { findProgram } from './programs.js';

/** The command with which each package manager installs Redis. */
const installCommands = [
  { program: 'apt-get', command: 'apt-get install -y redis-server' },
  { program: 'dnf', command: 'dnf install -y redis || dnf install -y valkey' },
  { program: 'apk', command: 'apk add redis' },
  { program: 'pacman', command: 'pacman -S --noconfirm valkey' },
  { program: 'zypper', command: 'zypper install -y redis' },
  { program: 'brew', command: 'brew install redis' },
] as const;

/**
 * The machine's redis-server or valkey-server, with its data in `directory`. It syncs an
 * append-only file every second and never evicts.
 * @throws Failure (service_failed) if neither is installed, with the command that installs one
 */
export function redisServer(
  directory: string,
  port: number,
  log: string,
  env: Environment,
): ProcessSpec {
  const command = findRedis(env);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: directory,
    appendonly: 'yes',
    appendfsync: 'everysec',
    // The append-only file is complete; snapshots would fork and write all data again.
    save: '',
    'maxmemory-policy': 'noeviction',
    'protected-mode': 'yes',
    daemonize: 'no',
  };
  return {
    name: 'redis',
    roles: [],
    command,
    args: Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value]),
    env,
    readiness: {
      by: 'probe',
      url: `redis://127.0.0.1:${port}`,
      isReady: (pid) => serves(port, pid),
    },
    startDeadlineMs: 30_000,
    stopSignal: 'SIGTERM',
    stopDeadlineMs: 10_000,
    log,
  };
}

function findRedis(env: Environment): string {
  const searchPath = env['PATH'] ?? '';
  const found = findProgram('redis-server', searchPath) ?? findProgram('valkey-server', searchPath);
  if (found !== undefined) return found;
  throw new Failure('there is no redis-server or valkey-server on this machine', {
    code: 'service_failed',
    cure: `Install one: ${installCommand(searchPath)}`,
  });
}

function installCommand(searchPath: string): string {
  const known = installCommands.find(({ program }) => findProgram(program, searchPath));
  if (known === undefined) return 'see https://redis.io/docs/latest/operate/oss_and_stack/install/';
  const asRoot = process.getuid?.() === 0 || platform() === 'darwin';
  return asRoot ? known.command : `sudo ${known.command.replace('|| ', '|| sudo ')}`;
}

/**
 * Whether the process with this pid is ready. Sends inline commands: Redis replies `+PONG` to PING
 * once the data is loaded (`-LOADING …` before), and INFO contains the pid.
 */
function serves(port: number, pid: number): Promise<boolean> {
  return new Promise((resolve) => {
    let reply = '';
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 });
    const settle = () => {
      socket.destroy();
      resolve(reply.startsWith('+PONG') && reply.includes(`\nprocess_id:${pid}\r`));
    };
    socket.once('connect', () => socket.write('PING\r\nINFO server\r\nQUIT\r\n'));
    socket.on('data', (data) => (reply += data.toString()));
    socket.once('timeout', settle);
    socket.once('error', settle);
    socket.once('close', settle);
  });
}
