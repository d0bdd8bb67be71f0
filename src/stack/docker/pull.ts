import { ImageName } from 'testcontainers';
// Reads the credentials that `docker login` stored. Not exported from the package's entry point.
import { getAuthConfig } from 'testcontainers/build/container-runtime/auth/get-auth-config.js';

import { Failure } from '../../util/failure.js';
import { freeDockerSpace, reportsFullDisk } from '../process/fullDisk.js';
import { engineMessage, isStatus, type Docker } from './client.js';
import { imageVariables, type DockerServer } from './images.js';
import { PullTally, type PullLine } from './pullTally.js';

export interface PullOptions {
  /** Receives the progress, line by line. */
  readonly report: (text: string) => void;
  readonly signal: AbortSignal;
  /** How long the registry may send nothing; ms. */
  readonly patienceMs: number;
}

const reportEveryMs = 2000;

/**
 * Pulls an image if the engine does not have it.
 * @throws Failure: service_failed with the engine's message and a fix, interrupted by the signal
 */
export async function ensureImage(
  docker: Docker,
  server: DockerServer,
  image: string,
  options: PullOptions,
): Promise<void> {
  try {
    if (await hasImage(docker, image)) return;
    await pull(docker, image, options);
  } catch (error) {
    if (options.signal.aborted) throw new Failure('interrupted', { code: 'interrupted' });
    throw pullFailure(server, image, error);
  }
}

async function hasImage({ api }: Docker, image: string): Promise<boolean> {
  try {
    await api.getImage(image).inspect();
    return true;
  } catch (error) {
    if (isStatus(error, 404)) return false;
    throw error;
  }
}

/**
 * Pulls an image: reads the engine's JSON lines until the end. An error is one of the lines.
 */
async function pull(docker: Docker, image: string, options: PullOptions): Promise<void> {
  const { report, patienceMs } = options;
  report(`pulling ${image}`);
  const stalled = new AbortController();
  const signal = AbortSignal.any([options.signal, stalled.signal]);
  const abortStalled = () =>
    stalled.abort(new Error(`the registry has sent nothing for ${patienceMs / 1000} s`));
  const timer = setTimeout(abortStalled, patienceMs);
  try {
    const name = ImageName.fromString(image);
    const authconfig = await getAuthConfig(name.registry ?? docker.defaultRegistry);
    const stream = await docker.api.pull(image, {
      ...(authconfig === undefined ? {} : { authconfig }),
      abortSignal: signal,
    });
    const tally = new PullTally();
    let reportAt = performance.now() + reportEveryMs;
    // The engine repeats the status of a stalled layer, so only changes restart the timer.
    for await (const line of linesOf(stream)) {
      const { error, isChange } = tally.add(JSON.parse(line) as PullLine);
      if (error !== undefined) throw new Error(error);
      if (isChange) timer.refresh();
      if (performance.now() < reportAt) continue;
      reportAt = performance.now() + reportEveryMs;
      report(`pulling ${image}: ${tally.describe()}`);
    }
    signal.throwIfAborted();
    report(`pulled ${image}`);
  } catch (error) {
    throw stalled.signal.aborted ? stalled.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Not with readline, which would wait forever if the connection breaks. */
async function* linesOf(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '');
  }
}

function pullFailure(server: DockerServer, image: string, error: unknown): Failure {
  const reason = engineMessage(error);
  const cure = reportsFullDisk(reason)
    ? freeDockerSpace
    : `Try "docker pull ${image}"; for a private registry, "docker login" first. Another image ` +
      `can be set with ${imageVariables[server]}. To run without Docker: --stack embedded.`;
  return new Failure(`the image ${image} cannot be pulled: ${reason}`, {
    code: 'service_failed',
    cure,
    cause: error,
  });
}
