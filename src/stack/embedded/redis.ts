import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { platform } from 'node:os';

import type { Environment } from '../../config/endpoints.js';
import { Failure } from '../../util/failure.js';
import type { ProcessSpec } from '../process/supervisedProcess.js';
import { findProgram } from './programs.js';

/** How each system's package manager installs Redis. */
const installCommands = [
  { program: 'apt-get', command: 'apt-get install -y redis-server' },
  { program: 'dnf', command: 'dnf install -y redis || dnf install -y valkey' },
  { program: 'apk', command: 'apk add redis' },
  { program: 'pacman', command: 'pacman -S --noconfirm valkey' },
  { program: 'zypper', command: 'zypper install -y redis' },
  { program: 'brew', command: 'brew install redis' },
] as const;

/**
 * The machine's redis-server or valkey-server, its data in `directory`, durable to a second
 * (append-only file), never evicting.
 * @throws Failure (service_failed) with the command that installs one where there is none
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
    // The append-only file has it all; snapshots would fork and write everything twice.
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
 * Whether that very process serves: inline commands, of which PING is answered `+PONG` once the
 * data is loaded (`-LOADING …` before), and INFO contains the pid.
 */
function serves(port: number, pid: number): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 });
    const settle = () => {
      socket.destroy();
      resolve(answer.startsWith('+PONG') && answer.includes(`\nprocess_id:${pid}\r`));
    };
    socket.once('connect', () => socket.write('PING\r\nINFO server\r\nQUIT\r\n'));
    socket.on('data', (data) => (answer += data.toString()));
    socket.once('timeout', settle);
    socket.once('error', settle);
    socket.once('close', settle);
  });
}
