import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { isErrno } from '../../util/errno.js';
import { Failure } from '../../util/failure.js';
import { notAccessible, writeFileAtomically } from './files.js';
import { describePortHolder } from './portHolder.js';

/** Ports by process name. */
export type Ports = Readonly<Record<string, number>>;

export interface PortRequest {
  /** The processes that need a port. */
  readonly names: readonly string[];
  /** The ports that the instance had before. */
  readonly saved: Ports;
  /** The ports that the default instance prefers; empty for other instances. */
  readonly preferred: Ports;
  /** Ports that the user has set. */
  readonly explicit: Ports;
}

export interface PortAssignment {
  readonly ports: Ports;
  /** Notices for the user: a saved or preferred port that is in use. */
  readonly notices: readonly string[];
}

/** The preferred ports of the default instance. */
export const wellKnownPorts: Ports = { ingest: 8080, broker: 9092, postgres: 5432, redis: 6379 };

/**
 * Below the ephemeral port range (which starts at 32768 on Linux, 49152 elsewhere): an outgoing
 * connection could take a port of that range while its server restarts.
 */
const firstFree = 20_000;
const lastFree = 32_000;

/**
 * Chooses a port for each process: the port that the user set, else the saved one, else the
 * preferred one, else any free one.
 * @param reserve reserves a port if it is free, and returns whether it has
 * @throws Failure (invalid_argument) if a port that the user set is in use
 */
export async function assignPorts(
  request: PortRequest,
  reserve: (port: number) => Promise<boolean>,
): Promise<PortAssignment> {
  const ports: Record<string, number> = { ...request.explicit };
  for (const port of Object.values(ports)) if (!(await reserve(port))) throw portInUse(port);
  const notices: string[] = [];
  for (const name of request.names.filter((each) => ports[each] === undefined)) {
    const others = Object.values(ports);
    const wanted = request.saved[name] ?? request.preferred[name];
    if (wanted !== undefined && !others.includes(wanted) && (await reserve(wanted))) {
      ports[name] = wanted;
      continue;
    }
    const port = await anyFreePort([...others, ...Object.values(request.saved)], reserve);
    if (wanted !== undefined) notices.push(`port ${wanted} is in use, so ${name} uses ${port}`);
    ports[name] = port;
  }
  return { ports, notices };
}

/** The saved ports of an instance; none if it never ran. */
export function readPorts(directory: string): Ports {
  try {
    return JSON.parse(readFileSync(portsFile(directory), 'utf8')) as Ports;
  } catch (error) {
    // A crash of the machine has truncated the file: choose new ports.
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return {};
    throw notAccessible(error, directory);
  }
}

export function writePorts(directory: string, ports: Ports): void {
  writeFileAtomically(portsFile(directory), `${JSON.stringify(ports)}\n`);
}

function portsFile(directory: string): string {
  return join(directory, 'ports.json');
}

async function anyFreePort(
  taken: readonly number[],
  reserve: (port: number) => Promise<boolean>,
): Promise<number> {
  // Random, so that instances that start at the same time do not try the same port.
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = firstFree + Math.floor(Math.random() * (lastFree - firstFree));
    if (!taken.includes(port) && (await reserve(port))) return port;
  }
  throw new Failure(`found no free port between ${firstFree} and ${lastFree}`, {
    code: 'service_failed',
  });
}

function portInUse(port: number): Failure {
  const holder = describePortHolder(port);
  return new Failure(`port ${port} is in use${holder === undefined ? '' : ` by ${holder}`}`, {
    code: 'invalid_argument',
    cure: 'Stop the process that listens on it, or choose another port with --port.',
  });
}
