import { createHash } from 'node:crypto';
import { join } from 'node:path';

import type { Environment } from '../../config/endpoints.js';
import { packageFile } from '../../util/paths.js';
import { freeDockerSpace } from '../process/fullDisk.js';
import type { ProcessSpec } from '../process/supervisedProcess.js';
import type { Stack } from '../stack.js';
import type { Docker } from './client.js';
import { dockerServers, type DockerServer, type Images } from './images.js';
import {
  labels,
  labelsOf,
  removeResources,
  resourceName,
  stopSeconds,
  type Owner,
} from './resources.js';
import { postgresAccount, type ContainerSpec, type SidecarSpec } from './sidecar/spec.js';

export interface DockerStackOptions {
  readonly docker: Docker;
  readonly owner: Owner;
  readonly images: Images;
  /** Leave the containers running when the instance stops, and adopt them at its next start. */
  readonly reuse: boolean;
  readonly portOf: (name: string) => number;
  readonly logOf: (name: string) => string;
  readonly env: Environment;
  /** Receives the progress of a pull, line by line. */
  readonly report: (text: string) => void;
}

/** How long a registry may send nothing during a pull; ms. */
const pullPatienceMs = 60_000;

/**
 * Kafka, PostgreSQL and Redis in containers. Each container has a sidecar, a process of this
 * package that is supervised like any other server: it exits when the container does, its output is
 * the container's log, and the container does not outlive it.
 */
export function dockerStack(options: DockerStackOptions): Stack {
  const { docker, owner, portOf } = options;
  const { host } = docker;
  return {
    endpoints: {
      kafka: { brokers: [`${host}:${portOf('broker')}`] },
      postgres: { host, port: portOf('postgres'), ...postgresAccount },
      redis: { host, port: portOf('redis') },
      namespace: '',
    },
    servers: dockerServers.map((server) => (signal) => sidecarOf(server, options, signal)),
    removeData: async () => {
      await removeResources(docker, owner.directory, { volumes: true });
    },
  };
}

async function sidecarOf(
  server: DockerServer,
  { docker, owner, images, reuse, portOf, logOf, env, report }: DockerStackOptions,
  signal: AbortSignal,
): Promise<ProcessSpec> {
  const image = images[server];
  const { ensureImage } = await import('./pull.js');
  await ensureImage(docker, server, image, { report, signal, patienceMs: pullPatienceMs });
  const container = {
    server,
    image,
    name: resourceName(owner, server),
    host: docker.host,
    port: portOf(server),
    publishOn: docker.publishOn,
  };
  const spec: SidecarSpec = {
    ...container,
    labels: { ...labelsOf(owner, server), [labels.spec]: hashOf(container) },
    reuse,
    servedMark: join(owner.directory, `${server}.volume`),
    ephemeral: owner.ephemeral,
  };
  return {
    name: server,
    roles: [],
    command: process.execPath,
    args: [packageFile('dist/stack/docker/sidecar/main.js'), JSON.stringify(spec)],
    env: {
      ...env,
      TESTCONTAINERS_HOST_OVERRIDE: docker.host,
      // Containers are adopted by name, which testcontainers calls reuse.
      TESTCONTAINERS_REUSE_ENABLE: 'true',
    },
    readiness: { by: 'message' },
    // testcontainers' own deadline is 120 s.
    startDeadlineMs: 150_000,
    stopSignal: 'SIGTERM',
    stopDeadlineMs: (stopSeconds + 10) * 1000,
    log: logOf(server),
    freeSpace: freeDockerSpace,
  };
}

function hashOf(container: Omit<ContainerSpec, 'labels'>): string {
  return createHash('sha256').update(JSON.stringify(container)).digest('hex').slice(0, 16);
}
