import { join } from 'node:path';
import { connectDocker } from '../docker/client.js';
import { chooseImages, dockerServers } from '../docker/images.js';
import { dockerStack } from '../docker/index.js';
import { publishedPorts, removeAbandoned } from '../docker/resources.js';
import { embeddedServers, embeddedStack } from '../embedded/index.js';
import { externalStack } from '../external/index.js';
import { isPortFree } from '../network.js';
import type { ProcessSpec } from '../process/supervisedProcess.js';
import type { StackKind } from '../select.js';
import type { Stack } from '../stack.js';
import { defaultInstance } from './home.js';
import type { InstanceOptions } from './options.js';
import { assignPorts, readPorts, wellKnownPorts, writePorts } from './ports.js';
import { roleProcesses, roleProcessSpec } from './roleProcesses.js';

/** What is to be started: first the stack's servers, then the pipeline's roles. */
export interface Plan {
  readonly stack: Stack;
  readonly roles: readonly ProcessSpec[];
}

/**
 * Decides where everything listens, and how each process is started.
 * @throws Failure (usage) where a port that was asked for is in use, (serviceFailed) where Docker or
 * a service of an external stack is not to be had
 */
export async function planInstance(
  options: InstanceOptions,
  kind: StackKind,
  directory: string,
): Promise<Plan> {
  const { env } = options;
  const processes = options.roles === 'none' ? [] : roleProcesses(options.isolate);
  const names = processes.map(({ name }) => name);
  const logOf = (name: string) => join(directory, `${name}.log`);
  const place = { options, directory, logOf, names };
  const { stack, portOf } =
    kind === 'docker'
      ? await onDocker(place)
      : kind === 'embedded'
        ? await onThisMachine(place)
        : { stack: await externalStack(env), portOf: await choosePorts(place, names, isPortFree) };
  const { endpoints } = stack;
  const roles = processes.map((each) => roleProcessSpec(each, { endpoints, portOf, logOf, env }));
  return { stack, roles };
}

interface Place {
  readonly options: InstanceOptions;
  readonly directory: string;
  readonly logOf: (name: string) => string;
  /** The roles' processes. */
  readonly names: readonly string[];
}

interface PlacedStack {
  readonly stack: Stack;
  readonly portOf: (name: string) => number;
}

async function onThisMachine(place: Place): Promise<PlacedStack> {
  const { directory, logOf, options } = place;
  const portOf = await choosePorts(place, [...place.names, ...embeddedServers], isPortFree);
  return { stack: embeddedStack({ directory, portOf, logOf, env: options.env }), portOf };
}

async function onDocker(place: Place): Promise<PlacedStack> {
  const { directory, logOf, options } = place;
  const { name, ephemeral, env, report } = options;
  const docker = await connectDocker(env);
  await removeAbandoned(docker);
  // Containers that were left running for this start hold its ports.
  const own = await publishedPorts(docker, directory);
  const isFree = async (port: number) => own.includes(port) || (await isPortFree(port));
  const portOf = await choosePorts(place, [...place.names, ...dockerServers], isFree);
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
  { options, directory }: Place,
  names: readonly string[],
  isFree: (port: number) => Promise<boolean>,
): Promise<(name: string) => number> {
  const isDefault = options.name === defaultInstance && !options.ephemeral;
  const saved = readPorts(directory);
  const request = {
    names,
    saved,
    preferred: isDefault ? wellKnownPorts : {},
    explicit: options.port === undefined ? {} : { ingest: options.port },
  };
  const { ports, notices } = await assignPorts(request, isFree);
  writePorts(directory, { ...saved, ...ports });
  for (const text of notices) options.report({ type: 'notice', text });
  return (name) => {
    const port = ports[name];
    if (port === undefined) throw new Error(`no port was assigned to ${name}`);
    return port;
  };
}
