import { join } from 'node:path';

import { apiKeysFromEnvironment, exposureWarning } from '../../config/apiKeys.js';
import { chooseImages, dockerServers } from '../docker/images.js';
import { dockerStack } from '../docker/index.js';
import { embeddedServers, embeddedStack } from '../embedded/index.js';
import { loopback } from '../network.js';
import type { ProcessSpec } from '../process/supervisedProcess.js';
import type { StackKind } from '../select.js';
import type { Stack } from '../stack.js';
import { defaultInstance } from './home.js';
import type { InstanceOptions } from './options.js';
import type { Platform } from './platform.js';
import { wellKnownPorts, type PortRequest, type Ports } from './ports.js';
import { roleProcesses, roleProcessSpec, type RoleProcess } from './roleProcesses.js';

/** The processes of an instance. */
export interface Plan {
  readonly stack: Stack;
  readonly roles: readonly ProcessSpec[];
  readonly portOf: (name: string) => number;
  /** Notices for the user. */
  readonly notices: readonly string[];
}

/** The input of a plan; planning is pure. */
export interface PlanInput {
  readonly options: InstanceOptions;
  /** The instance's folder. */
  readonly directory: string;
  readonly platform: Platform;
  /** One for each process that {@link planPorts} names. */
  readonly ports: Ports;
}

const servers: Readonly<Record<StackKind, readonly string[]>> = {
  external: [],
  docker: dockerServers,
  embedded: embeddedServers,
};

/**
 * Decides which processes need a port, and which ports they prefer.
 * @param saved the ports that the instance had before
 */
export function planPorts(options: InstanceOptions, kind: StackKind, saved: Ports): PortRequest {
  const { name, ephemeral, port } = options;
  const isDefault = name === defaultInstance && !ephemeral;
  return {
    names: [...processesOf(options).map((process) => process.name), ...servers[kind]],
    saved,
    preferred: isDefault ? wellKnownPorts : {},
    explicit: port === undefined ? {} : { ingest: port },
  };
}

/**
 * Decides which processes an instance runs.
 * @throws Failure (invalid_argument) for invalid API keys
 */
export function planInstance(input: PlanInput): Plan {
  const { options, directory, platform, ports } = input;
  const { env } = options;
  const portOf = (name: string) => {
    const port = ports[name];
    if (port === undefined) throw new Error(`no port was assigned to ${name}`);
    return port;
  };
  const logOf = (name: string) => join(directory, `${name}.log`);
  const stack = planStack(input, portOf, logOf);
  const { endpoints } = stack;
  const roles = processesOf(options).map((process) =>
    roleProcessSpec(process, { endpoints, portOf, logOf, env }),
  );
  return { stack, roles, portOf, notices: noticesOf(options, platform) };
}

function processesOf({ roles, isolate }: InstanceOptions): RoleProcess[] {
  return roles === 'none' ? [] : roleProcesses(isolate);
}

function planStack(
  { options, directory, platform }: PlanInput,
  portOf: (name: string) => number,
  logOf: (name: string) => string,
): Stack {
  const { name, ephemeral, env, report } = options;
  switch (platform.kind) {
    case 'external':
      return { endpoints: platform.endpoints, servers: [] };
    case 'embedded':
      return embeddedStack({ directory, portOf, logOf, env });
    case 'docker':
      return dockerStack({
        docker: platform.docker,
        owner: { directory, instance: name, ephemeral },
        images: chooseImages(options.docker?.images ?? {}, env),
        reuse: options.docker?.reuse ?? false,
        portOf,
        logOf,
        env,
        report: (text) => report({ type: 'pulling', text }),
      });
  }
}

function noticesOf(options: InstanceOptions, platform: Platform): string[] {
  const notices: string[] = [];
  if (platform.kind === 'docker' && platform.docker.publishOn === '') {
    notices.push(
      `the ports of these containers are open to every host that can reach ${platform.docker.host}`,
    );
  }
  if (processesOf(options).length > 0) {
    const { env } = options;
    const host = env['GAMEMETRICS_HTTP_HOST'] ?? '';
    // Ingest warns as well, but only in its log.
    const warning = exposureWarning(host === '' ? loopback : host, apiKeysFromEnvironment(env));
    if (warning !== undefined) notices.push(warning);
  }
  return notices;
}
