import { join } from 'node:path';

import { apiKeysFromEnvironment, exposureWarning } from '../../config/apiKeys.js';
import { connectDocker } from '../docker/client.js';
import { chooseImages, dockerServers } from '../docker/images.js';
import { dockerStack } from '../docker/index.js';
import { publishedPorts, removeAbandoned } from '../docker/resources.js';
import { embeddedServers, embeddedStack } from '../embedded/index.js';
import { externalStack } from '../external/index.js';
import { loopback, type PortReservations } from '../network.js';
import type { ProcessSpec } from '../process/supervisedProcess.js';
import type { StackKind, StackSelection } from '../select.js';
import type { Stack } from '../stack.js';
import { defaultInstance } from './home.js';
import type { InstanceOptions } from './options.js';
import { assignPorts, readPorts, wellKnownPorts, writePorts, type Ports } from './ports.js';
import { roleProcesses, roleProcessSpec } from './roleProcesses.js';

/** What an instance consists of. */
export interface Plan {
  readonly stack: Stack;
  readonly roles: readonly ProcessSpec[];
  readonly portOf: (name: string) => number;
}

/**
 * Decides what an instance runs and on which ports, which are reserved until they are released.
 * @throws Failure: usage (a port in use, API keys that are none), serviceFailed (Docker, or an external service, is not there)
 */
export async function planInstance(
  options: InstanceOptions,
  { kind }: StackSelection,
  directory: string,
  reservations: PortReservations,
): Promise<Plan> {
  const { env } = options;
  const processes = options.roles === 'none' ? [] : roleProcesses(options.isolate);
  const logOf = (name: string) => join(directory, `${name}.log`);
  const place = {
    directory,
    logOf,
    // The roles' processes need ports wherever the servers are.
    choosePorts: (servers: readonly string[], reserve: Reserve) =>
      choosePorts(options, directory, [...processes.map(({ name }) => name), ...servers], reserve),
    reserve: (port: number) => reservations.reserve(port),
  };
  const { stack, portOf } = await placeStack(kind, options, place);
  const { endpoints } = stack;
  if (processes.length > 0) warnOfExposure(options);
  const roles = processes.map((each) => roleProcessSpec(each, { endpoints, portOf, logOf, env }));
  return { stack, roles, portOf };
}

/** Ingest's process reads the same variables; there they would only be told to its log. */
function warnOfExposure({ env, report }: InstanceOptions): void {
  const host = env['GAMEMETRICS_HTTP_HOST'] ?? '';
  const text = exposureWarning(host === '' ? loopback : host, apiKeysFromEnvironment(env));
  if (text !== undefined) report({ type: 'notice', text });
}

type Reserve = (port: number) => Promise<boolean>;

interface Place {
  readonly directory: string;
  readonly logOf: (name: string) => string;
  readonly choosePorts: (
    servers: readonly string[],
    reserve: Reserve,
  ) => Promise<(name: string) => number>;
  readonly reserve: Reserve;
}

interface PlacedStack {
  readonly stack: Stack;
  readonly portOf: (name: string) => number;
}

async function placeStack(
  kind: StackKind,
  options: InstanceOptions,
  place: Place,
): Promise<PlacedStack> {
  const { env } = options;
  switch (kind) {
    case 'docker':
      return onDocker(options, place);
    case 'embedded': {
      const portOf = await place.choosePorts(embeddedServers, place.reserve);
      const { directory, logOf } = place;
      return { stack: embeddedStack({ directory, portOf, logOf, env }), portOf };
    }
    case 'external': {
      const portOf = await place.choosePorts([], place.reserve);
      return { stack: await externalStack(env), portOf };
    }
  }
}

async function onDocker(options: InstanceOptions, place: Place): Promise<PlacedStack> {
  const { name, ephemeral, env, report } = options;
  const { directory, logOf } = place;
  const docker = await connectDocker(env);
  await removeAbandoned(docker);
  // Containers that were left running for this start hold its ports.
  const own = await publishedPorts(docker, directory);
  const reserve = async (port: number) => own.includes(port) || (await place.reserve(port));
  const portOf = await place.choosePorts(dockerServers, reserve);
  if (docker.publishOn === '') {
    const text = `the ports of these containers are open to whoever reaches ${docker.host}`;
    report({ type: 'notice', text });
  }
  const stack = dockerStack({
    docker,
    owner: { directory, instance: name, ephemeral },
    images: chooseImages(options.docker?.images ?? {}, env),
    reuse: options.docker?.reuse ?? false,
    portOf,
    logOf,
    env,
    report: (text) => report({ type: 'pulling', text }),
  });
  return { stack, portOf };
}

async function choosePorts(
  options: InstanceOptions,
  directory: string,
  names: readonly string[],
  reserve: Reserve,
): Promise<(name: string) => number> {
  const isDefault = options.name === defaultInstance && !options.ephemeral;
  const saved = readPorts(directory);
  const preferred = isDefault ? wellKnownPorts : {};
  const explicit: Ports = options.port === undefined ? {} : { ingest: options.port };
  const request = { names, saved, preferred, explicit };
  const { ports, notices } = await assignPorts(request, reserve);
  writePorts(directory, { ...saved, ...ports });
  for (const text of notices) options.report({ type: 'notice', text });
  return (name) => {
    const port = ports[name];
    if (port === undefined) throw new Error(`no port was assigned to ${name}`);
    return port;
  };
}
