import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { engineMessage, isStatus, type DockerApi } from '../client.js';
import { labels, removeContainer, removeVolume } from '../resources.js';
import { containerOf } from './containers.js';
import type { SidecarSpec } from './spec.js';

/** Why a sidecar stops. */
export type StopReason = 'asked' | 'supervisor has died';

export interface SidecarContext {
  readonly api: DockerApi;
  /** Settles when the sidecar is asked to stop; never rejects. */
  readonly stop: Promise<StopReason>;
  readonly onReady: () => void;
  /** Receives the container's log and the sidecar's own lines. */
  readonly log: NodeJS.WritableStream;
}

type Container = ReturnType<DockerApi['getContainer']>;

const pollMs = 200;
const linesQuoted = 30;
const charactersQuoted = 8_192;

/**
 * Runs one container for as long as its supervisor lives: starts it (or adopts a running one),
 * copies its log, and stops and removes it on request or when the supervisor has died.
 * @returns once the container has stopped on request
 * @throws if the container does not start, or exits by itself
 */
export async function runContainer(spec: SidecarSpec, context: SidecarContext): Promise<void> {
  const { api, stop, log } = context;
  const adopts = existsSync(spec.servedMark) && (await isSame(api, spec));
  if (!adopts) await clear(api, spec);
  await api.createVolume({ Name: spec.name, Labels: { ...spec.labels } });
  const outcome = await start(spec, context);
  if (outcome === 'started') {
    if (adopts) await copyLog(api, spec.name, log);
    writeFileSync(spec.servedMark, '', { mode: 0o600 });
    context.onReady();
    const reason = await Promise.race([stop, exited(api, spec.name)]);
    if (spec.reuse && reason === 'asked') return;
    log.write(`sidecar: stopping: ${reason}\n`);
  }
  await removeContainer(api, spec.name, { inOrder: true });
  if (spec.ephemeral && (await stop) === 'supervisor has died') await removeVolume(api, spec.name);
}

/** A container with that name is adopted only if it runs and was created from the same spec. */
async function isSame(api: DockerApi, spec: SidecarSpec): Promise<boolean> {
  try {
    const { State, Config } = await api.getContainer(spec.name).inspect();
    const same = Config.Labels[labels.spec] === spec.labels[labels.spec];
    return State.Running && !State.Paused && same;
  } catch (error) {
    if (isStatus(error, 404)) return false;
    throw error;
  }
}

/**
 * Removes the previous container. A server that is interrupted while it initialises its data may
 * take the partial data for complete at the next start, as PostgreSQL's image does. So a volume on
 * which no server has been ready is removed too: it holds no data of the user.
 */
async function clear(api: DockerApi, { name, servedMark }: SidecarSpec): Promise<void> {
  const served = existsSync(servedMark);
  await removeContainer(api, name, { inOrder: served });
  if (!served) await removeVolume(api, name);
}

/** Copies the new log lines of an adopted container; testcontainers does so for new containers. */
async function copyLog(api: DockerApi, name: string, log: NodeJS.WritableStream): Promise<void> {
  const options = { follow: true, stdout: true, stderr: true, tail: 0 } as const;
  const stream = await api.getContainer(name).logs(options);
  api.modem.demuxStream(stream, log, log);
}

async function start(
  spec: SidecarSpec,
  { api, stop, log }: SidecarContext,
): Promise<'started' | 'stopped'> {
  const settled = new AbortController();
  let output = '';
  const starting = containerOf(spec)
    .withLogConsumer((stream) => {
      stream.pipe(log, { end: false });
      stream.on('data', (chunk: Buffer | string) => {
        output = (output + String(chunk)).slice(-charactersQuoted);
      });
    })
    .start()
    .catch((error: unknown) => {
      // testcontainers reports only that a container is unhealthy, and removes it.
      throw output === '' ? error : withLastLines(engineMessage(error), output);
    })
    .finally(() => settled.abort());
  starting.catch(() => undefined);
  const outcome = await Promise.race([
    starting.then(() => 'started' as const),
    stop.then(() => 'stopped' as const),
    exitedEarly(api, spec.name, settled.signal),
  ]).catch((error: unknown) => ({ error }));
  if (outcome === 'started') return outcome;
  // testcontainers cannot be interrupted, so this also removes a container that it creates later.
  const inOrder = existsSync(spec.servedMark);
  while (!settled.signal.aborted) {
    await removeContainer(api, spec.name, { inOrder });
    await sleep(pollMs);
  }
  await removeContainer(api, spec.name, { inOrder });
  if (outcome === 'stopped') return outcome;
  throw outcome.error;
}

/**
 * Throws if the container exits before it is ready; testcontainers would wait for its deadline.
 */
async function exitedEarly(api: DockerApi, name: string, started: AbortSignal): Promise<never> {
  const container = api.getContainer(name);
  for (;;) {
    await sleep(pollMs);
    const { State } = await container.inspect().catch((error: unknown) => {
      if (isStatus(error, 404)) return { State: undefined };
      throw error;
    });
    if (started.aborted) return new Promise(() => undefined);
    if (State?.Status !== 'exited') continue;
    throw await exitError(container, State.ExitCode);
  }
}

/** Throws when the container exits. */
async function exited(api: DockerApi, name: string): Promise<never> {
  const container = api.getContainer(name);
  const { StatusCode } = (await container.wait()) as { StatusCode: number };
  throw await exitError(container, StatusCode);
}

/** The error of a container that has exited: its exit code, and the last lines of its log. */
async function exitError(container: Container, code: number): Promise<Error> {
  const frames = await container
    .logs({ stdout: true, stderr: true, tail: linesQuoted })
    .catch((error: unknown) => {
      // 404 and 409: it has been removed, or is about to be.
      if (isStatus(error, 404, 409)) return Buffer.alloc(0);
      throw error;
    });
  return withLastLines(`the container exited with code ${code}`, plainText(frames));
}

function withLastLines(summary: string, output: string): Error {
  const lines = output.trimEnd().split('\n').slice(-linesQuoted);
  return new Error([summary, ...lines].join('\n  ').trimEnd());
}

/** The text of a log: frames of an 8-byte header (stream, 0, 0, 0, length) and `length` bytes. */
function plainText(frames: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= frames.length;) {
    const end = at + 8 + frames.readUInt32BE(at + 4);
    parts.push(frames.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(parts).toString('utf8').trimEnd();
}
