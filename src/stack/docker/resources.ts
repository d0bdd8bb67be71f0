import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';

import { isStatus, type Docker, type DockerApi } from './client.js';
import type { DockerServer } from './images.js';

/**
 * Labels of all that an instance has in Docker: what is ours is found by them alone, whatever became
 * of the process that made it.
 */
export const labels = {
  /** The instance's folder. */
  directory: 'gamemetrics.directory',
  instance: 'gamemetrics.instance',
  server: 'gamemetrics.server',
  /** The machine whose folder that is: an engine may serve several. */
  machine: 'gamemetrics.machine',
  /** `true` where it goes with the process that made it. */
  ephemeral: 'gamemetrics.ephemeral',
  /** A hash of how a container was made: one with another hash is not taken up again. */
  spec: 'gamemetrics.spec',
} as const;

/** The instance that something in Docker belongs to. */
export interface Owner {
  readonly directory: string;
  readonly instance: string;
  /** Whether nothing of it is to outlive the process that runs it. */
  readonly ephemeral: boolean;
}

/** How long a server may take to stop in order before the engine kills it; s. */
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

/** A container's name, and its volume's: the same instance in another folder has another one. */
export function resourceName({ directory, instance }: Owner, server: DockerServer): string {
  const place = createHash('sha256').update(`${hostname()}:${directory}`).digest('hex').slice(0, 8);
  return `gamemetrics-${instance}-${place}-${server}`;
}

/** The host ports of an instance's containers that run. */
export async function publishedPorts({ api }: Docker, directory: string): Promise<number[]> {
  const running = await api.listContainers({ filters: ownedBy(directory) });
  return running.flatMap(({ Ports }) => Ports.map(({ PublicPort }) => PublicPort));
}

/**
 * Stops an instance's containers, in order where they run, and removes them; with `volumes`, its data
 * too. Idempotent; several may do so at once.
 * @returns whether there was any container
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
 * Removes what ephemeral instances of this machine have left whose folder is gone: they were killed
 * together with all that watched over them.
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

/** Stops a container, in order or at once, and removes it with its unnamed volumes; by id or name. */
export async function removeContainer(
  api: DockerApi,
  id: string,
  { inOrder }: { readonly inOrder: boolean },
): Promise<void> {
  const container = api.getContainer(id);
  // 304: it does not run; 404: it is gone.
  if (inOrder) await container.stop({ t: stopSeconds }).catch(unless(304, 404));
  // 409: another process removes it at this moment.
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
