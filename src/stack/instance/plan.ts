import { join } from 'node:path';
import { embeddedServers, embeddedStack } from '../embedded/index.js';
import { externalStack } from '../external/index.js';
import type { PortReservations } from '../network.js';
import type { ProcessSpec } from '../process/supervisedProcess.js';
import type { StackSelection } from '../select.js';
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
 * @throws Failure: usage (a port in use), serviceFailed (an external service that is not there)
 */
export async function planInstance(
  options: InstanceOptions,
  { kind }: StackSelection,
  directory: string,
  reservations: PortReservations,
): Promise<Plan> {
  const { env } = options;
  const processes = options.roles === 'none' ? [] : roleProcesses(options.isolate);
  const servers = kind === 'embedded' ? embeddedServers : [];
  const names = [...processes.map(({ name }) => name), ...servers];
  const portOf = await choosePorts(options, directory, names, reservations);
  const logOf = (name: string) => join(directory, `${name}.log`);
  const stack =
    kind === 'embedded'
      ? embeddedStack({ directory, portOf, logOf, env })
      : await externalStack(env);
  const { endpoints } = stack;
  const roles = processes.map((each) => roleProcessSpec(each, { endpoints, portOf, logOf, env }));
  return { stack, roles, portOf };
}

async function choosePorts(
  options: InstanceOptions,
  directory: string,
  names: readonly string[],
  reservations: PortReservations,
): Promise<(name: string) => number> {
  const isDefault = options.name === defaultInstance && !options.ephemeral;
  const saved = readPorts(directory);
  const preferred = isDefault ? wellKnownPorts : {};
  const explicit: Ports = options.port === undefined ? {} : { ingest: options.port };
  const request = { names, saved, preferred, explicit };
  const { ports, notices } = await assignPorts(request, (port) => reservations.reserve(port));
  writePorts(directory, { ...saved, ...ports });
  for (const text of notices) options.report({ type: 'notice', text });
  return (name) => {
    const port = ports[name];
    if (port === undefined) throw new Error(`no port was assigned to ${name}`);
    return port;
  };
}
