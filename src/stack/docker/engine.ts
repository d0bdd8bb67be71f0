import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { Environment } from '../../config/endpoints.js';
import { Failure } from '../../util/failure.js';
import { connectionError } from '../network.js';

/** Why no Docker engine can be used, and what to do about it. */
export interface EngineProblem {
  readonly reason: string;
  readonly cure: string;
}

const withoutDocker = 'To run without Docker: --stack embedded.';

/**
 * Checks for a Docker engine where testcontainers does: at the addresses in
 * ~/.testcontainers.properties and DOCKER_HOST, else at the usual sockets. The check is cheap,
 * since it does not load testcontainers, and unlike testcontainers it reports why no engine can be
 * used.
 * @returns undefined if an engine answers
 */
export async function findEngineProblem(
  env: Environment,
  timeoutMs: number,
): Promise<EngineProblem | undefined> {
  const addresses = engineAddresses(env);
  const answers = await Promise.all(
    addresses.map(async (address) => ({ address, error: await ping(address, timeoutMs) })),
  );
  if (answers.some(({ error }) => error === undefined)) return undefined;
  const [first] = answers;
  if (first?.error === undefined) {
    return {
      reason: 'there is no Docker engine here',
      cure: `Install or start Docker, or set DOCKER_HOST to the address of an engine. ${withoutDocker}`,
    };
  }
  return explain(first.address, first.error);
}

/** Converts a problem to a Failure (service_failed). */
export function engineFailure({ reason, cure }: EngineProblem): Failure {
  return new Failure(reason, { code: 'service_failed', cure });
}

/** The configured URLs or, only if there are none, the usual sockets that exist. */
function engineAddresses(env: Environment): string[] {
  const configured = [...addressesFromProperties(), env['DOCKER_HOST'] ?? ''];
  const given = configured.filter((address) => address !== '');
  // Another engine must not replace the configured one while that is down.
  if (given.length > 0) return given;
  const runtime = env['XDG_RUNTIME_DIR'] ?? '';
  const sockets = [
    '/var/run/docker.sock',
    ...(runtime === '' ? [] : [join(runtime, 'docker.sock')]),
    join(homedir(), '.docker', 'run', 'docker.sock'),
    join(homedir(), '.docker', 'desktop', 'docker.sock'),
    `/run/user/${process.getuid?.() ?? ''}/docker.sock`,
  ].filter((path) => existsSync(path));
  return sockets.map((path) => `unix://${path}`);
}

/** `tc.host` and `docker.host` in the settings file of testcontainers. */
function addressesFromProperties(): string[] {
  const file = join(homedir(), '.testcontainers.properties');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return ['tc.host', 'docker.host'].flatMap((key) =>
    lines.flatMap((line) => {
      const [name, value] = line.split(/=(.*)/s, 2);
      return name?.trim() === key && value !== undefined ? [value.trim()] : [];
    }),
  );
}

/** @returns undefined if the engine answers, else a system error's code or another reason */
async function ping(address: string, timeoutMs: number): Promise<string | undefined> {
  if (!URL.canParse(address)) return 'not a URL';
  const { protocol, hostname, port, pathname } = new URL(address);
  if (protocol === 'unix:') return pingSocket(pathname, timeoutMs);
  if (!['tcp:', 'http:', 'https:'].includes(protocol)) return `unsupported ${protocol}//`;
  const defaultPort = protocol === 'https:' ? 443 : 80;
  const host = hostname.replace(/^\[|\]$/g, '');
  return connectionError(host, port === '' ? defaultPort : Number(port), timeoutMs);
}

function pingSocket(socketPath: string, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const pingRequest = request({ socketPath, path: '/_ping', signal }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? undefined : `HTTP ${response.statusCode ?? 0}`);
    });
    pingRequest.on('error', (error: NodeJS.ErrnoException) => {
      resolve(signal.aborted ? 'timeout' : (error.code ?? error.message));
    });
    pingRequest.end();
  });
}

function explain(address: string, error: string): EngineProblem {
  const start = 'Start it: open Docker Desktop, or "sudo systemctl start docker".';
  const known: Readonly<Record<string, EngineProblem>> = {
    EACCES: {
      reason: `the Docker engine at ${address} refuses this user`,
      cure: `Join its group: sudo usermod -aG docker "$USER", and log in again. ${withoutDocker}`,
    },
    ECONNREFUSED: {
      reason: `no Docker engine runs at ${address}`,
      cure: `${start} ${withoutDocker}`,
    },
    ENOENT: {
      reason: `there is no Docker engine at ${address}`,
      cure: `${start} Or correct DOCKER_HOST. ${withoutDocker}`,
    },
    timeout: {
      reason: `the Docker engine at ${address} does not answer in time`,
      cure: `Check whether "docker info" works. ${withoutDocker}`,
    },
  };
  return (
    known[error] ?? {
      reason: `the Docker engine at ${address} cannot be used (${error})`,
      cure: `Check whether "docker info" works, and correct DOCKER_HOST. ${withoutDocker}`,
    }
  );
}
