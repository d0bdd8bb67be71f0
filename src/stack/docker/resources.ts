import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';

import { isStatus, type Docker, type DockerApi } from './client.js';
import type { DockerServer } from './images.js';

/**
 * Labels of the containers and volumes of an instance. They are found by these labels alone,
 * whether or not the process that created them still runs.
 */
export const labels = {
  /** The instance's folder. */
  directory: 'gamemetrics.directory',
  instance: 'gamemetrics.instance',
  server: 'gamemetrics.server',
  /** The machine that has this folder: an engine may serve several machines. */
  machine: 'gamemetrics.machine',
  /** `true` if it must not outlive the process that created it. */
  ephemeral: 'gamemetrics.ephemeral',
  /** A hash of a container's specification: a container with another hash is not reused. */
  spec: 'gamemetrics.spec',
} as const;

/** The instance that owns a container or volume. */
export interface Owner {
  readonly directory: string;
  readonly instance: string;
  /** Whether its containers and volumes must not outlive the process that runs it. */
  readonly ephemeral: boolean;
}

/** How long a server may take to shut down before the engine kills it; s. */
export const stopSeconds = 20;

export function labelsOf({ directory, instance, ephemeral }: Owner, server: DockerServer) {
  return {
    [labels.directory]: directory,
    [labels.instance]: instance,
    [labels.server]: server,
    [labels.machine]: hostname(),
    [labels.ephemeral]: String(ephemeral),
  };
}

/**
 * The name of a container and its volume; distinct for the same instance name in another folder.
 */
export function resourceName({ directory, instance }: Owner, server: DockerServer): string {
  const place = createHash('sha256').update(`${hostname()}:${directory}`).digest('hex').slice(0, 8);
  return `gamemetrics-${instance}-${place}-${server}`;
}

/** The host ports of an instance's running containers. */
export async function publishedPorts({ api }: Docker, directory: string): Promise<number[]> {
  const running = await api.listContainers({ filters: ownedBy(directory) });
  return running.flatMap(({ Ports }) => Ports.map(({ PublicPort }) => PublicPort));
}

/**
 * Stops an instance's containers gracefully and removes them; with `volumes`, also its data.
 * Idempotent; safe to call concurrently.
 * @returns whether there were any containers
 */
export async function removeResources(
  { api }: Docker,
  directory: string,
  options: { readonly volumes: boolean },
): Promise<boolean> {
  const filters = ownedBy(directory);
  const containers = await api.listContainers({ all: true, filters });
  await Promise.all(containers.map(({ Id }) => removeContainer(api, Id, { inOrder: true })));
  if (options.volumes) {
    const { Volumes } = await api.listVolumes({ filters });
    await Promise.all(Volumes.map(({ Name }) => removeVolume(api, Name)));
  }
  return containers.length > 0;
}

/**
 * Removes the containers and volumes of ephemeral instances of this machine whose folder no longer
 * exists: these instances were killed together with their sidecars.
 */
export async function removeAbandoned(docker: Docker): Promise<void> {
  const filters = { label: [`${labels.machine}=${hostname()}`, `${labels.ephemeral}=true`] };
  const containers = await docker.api.listContainers({ all: true, filters });
  const { Volumes } = await docker.api.listVolumes({ filters });
  const directories = [...containers, ...Volumes].map(
    ({ Labels }) => Labels[labels.directory] ?? '',
  );
  for (const directory of new Set(directories)) {
    if (directory === '' || existsSync(directory)) continue;
    await removeResources(docker, directory, { volumes: true });
  }
}

/**
 * Stops a container, gracefully or at once, and removes it with its anonymous volumes.
 * @param id an id or a name
 */
export async function removeContainer(
  api: DockerApi,
  id: string,
  { inOrder }: { readonly inOrder: boolean },
): Promise<void> {
  const container = api.getContainer(id);
  // 304: it is not running; 404: it does not exist.
  if (inOrder) await container.stop({ t: stopSeconds }).catch(unless(304, 404));
  // 409: another process is removing it.
  await container.remove({ force: true, v: true }).catch(unless(404, 409));
}

export async function removeVolume(api: DockerApi, name: string): Promise<void> {
  await api.getVolume(name).remove().catch(unless(404));
}

function ownedBy(directory: string) {
  return { label: [`${labels.directory}=${directory}`] };
}

function unless(...codes: readonly number[]): (error: unknown) => void {
  return (error) => {
    if (!isStatus(error, ...codes)) throw error;
  };
}
