import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { isStatus, type DockerApi } from '../client.js';
import { labels, removeContainer, removeVolume } from '../resources.js';
import { containerOf } from './containers.js';
import type { KeeperSpec } from './spec.js';

/** Why a keeper is to stop. */
export type StopReason = 'asked' | 'supervisor is gone';

export interface KeeperContext {
  readonly api: DockerApi;
  /** Settles when it is to stop; never rejects. */
  readonly stop: Promise<StopReason>;
  readonly onReady: () => void;
  /** Where the container's log goes, and what the keeper itself has to say. */
  readonly log: NodeJS.WritableStream;
}

const pollMs = 200;

/**
 * Runs one container for as long as the process that wants it lives: starts it (or takes up the one
 * that runs), copies its log, and stops and removes it when asked to or when the supervisor is gone.
 * @returns when it was told to stop and has done so
 * @throws where the container does not start, or ends by itself
 */
export async function keep(spec: KeeperSpec, context: KeeperContext): Promise<void> {
  const { api, stop, log } = context;
  const adopts = existsSync(spec.servedMark) && (await isSame(api, spec));
  if (!adopts) await clear(api, spec);
  await api.createVolume({ Name: spec.name, Labels: { ...spec.labels } });
  const outcome = await start(spec, context);
  if (outcome === 'started') {
    if (adopts) await copyLog(api, spec.name, log);
    writeFileSync(spec.servedMark, '', { mode: 0o600 });
    context.onReady();
    const reason = await Promise.race([stop, ended(api, spec.name)]);
    if (spec.reuse && reason === 'asked') return;
    log.write(`keeper: stopping: ${reason}\n`);
  }
  await removeContainer(api, spec.name, { inOrder: true });
  if (spec.ephemeral && (await stop) === 'supervisor is gone') await removeVolume(api, spec.name);
}

/** A container of that name is taken up only where it runs and was made in the same way. */
async function isSame(api: DockerApi, spec: KeeperSpec): Promise<boolean> {
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
 * Makes way for a new container. A server that was interrupted while it made its data may leave what
 * it later takes for finished, as PostgreSQL's image does: what never served holds nothing of value.
 */
async function clear(api: DockerApi, { name, servedMark }: KeeperSpec): Promise<void> {
  const served = existsSync(servedMark);
  await removeContainer(api, name, { inOrder: served });
  if (!served) await removeVolume(api, name);
}

/** Copies the log of a container that was taken up from now on; testcontainers does it for new ones. */
async function copyLog(api: DockerApi, name: string, log: NodeJS.WritableStream): Promise<void> {
  const options = { follow: true, stdout: true, stderr: true, tail: 0 } as const;
  const stream = await api.getContainer(name).logs(options);
  api.modem.demuxStream(stream, log, log);
}

async function start(
  spec: KeeperSpec,
  { api, stop, log }: KeeperContext,
): Promise<'started' | 'stopped'> {
  const settled = new AbortController();
  const starting = containerOf(spec)
    .withLogConsumer((stream) => stream.pipe(log, { end: false }))
    .start()
    .finally(() => settled.abort());
  starting.catch(() => undefined);
  const outcome = await Promise.race([
    starting.then(() => 'started' as const),
    stop.then(() => 'stopped' as const),
    endedEarly(api, spec.name, settled.signal),
  ]).catch((error: unknown) => ({ error }));
  if (outcome === 'started') return outcome;
  // testcontainers cannot be interrupted: what it is about to create is removed once it is there.
  const inOrder = existsSync(spec.servedMark);
  while (!settled.signal.aborted) {
    await removeContainer(api, spec.name, { inOrder });
    await sleep(pollMs);
  }
  await removeContainer(api, spec.name, { inOrder });
  if (outcome === 'stopped') return outcome;
  throw outcome.error;
}

/** Throws where the container ends before it serves, which testcontainers only learns by waiting. */
async function endedEarly(api: DockerApi, name: string, started: AbortSignal): Promise<never> {
  const container = api.getContainer(name);
  for (;;) {
    await sleep(pollMs);
    const { State } = await container.inspect().catch((error: unknown) => {
      if (isStatus(error, 404)) return { State: undefined };
      throw error;
    });
    if (started.aborted) return new Promise(() => undefined);
    if (State?.Status !== 'exited') continue;
    const said = await container.logs({ stdout: true, stderr: true, tail: 30 });
    throw new Error(`${exitWords(State.ExitCode)}; it said:\n${plainText(said)}`);
  }
}

/** Throws when the container ends. */
async function ended(api: DockerApi, name: string): Promise<never> {
  const { StatusCode } = (await api.getContainer(name).wait()) as { StatusCode: number };
  throw new Error(exitWords(StatusCode));
}

function exitWords(code: number): string {
  return `the container ended with exit code ${code}`;
}

/** The text of a log: frames of an 8 byte header (stream, 0, 0, 0, length) and as many bytes. */
function plainText(frames: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= frames.length;) {
    const end = at + 8 + frames.readUInt32BE(at + 4);
    parts.push(frames.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(parts).toString('utf8').trimEnd();
}
