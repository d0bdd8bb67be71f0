import { ImageName } from 'testcontainers';
// Not exported from its entry: credentials as `docker login` has stored them.
import { getAuthConfig } from 'testcontainers/build/container-runtime/auth/get-auth-config.js';

import { Failure } from '../../util/failure.js';
import { freeSomeOfDocker, saysDiskFull } from '../process/fullDisk.js';
import { engineWords, isStatus, type Docker } from './client.js';
import { imageVariables, type DockerServer } from './images.js';
import { PullTally, type PullLine } from './pullTally.js';

export interface PullOptions {
  /** Receives the progress, as lines. */
  readonly report: (text: string) => void;
  readonly signal: AbortSignal;
  /** How long the registry may say nothing at all; ms. */
  readonly patienceMs: number;
}

const reportEveryMs = 2000;

/**
 * Makes sure that the engine has an image, and pulls it where it has not.
 * @throws Failure (service_failed) with the engine's words and a cure, (interrupted) by the signal
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

/** Reads the engine's JSON lines until the pull has ended; an error is one of them. */
async function pull(docker: Docker, image: string, options: PullOptions): Promise<void> {
  const { report, patienceMs } = options;
  report(`pulling ${image}`);
  const silence = new AbortController();
  const signal = AbortSignal.any([options.signal, silence.signal]);
  const tooSilent = () =>
    silence.abort(new Error(`its registry says nothing for ${patienceMs / 1000} s`));
  const timer = setTimeout(tooSilent, patienceMs);
  try {
    const name = ImageName.fromString(image);
    const authconfig = await getAuthConfig(name.registry ?? docker.defaultRegistry);
    const stream = await docker.api.pull(image, {
      ...(authconfig === undefined ? {} : { authconfig }),
      abortSignal: signal,
    });
    const tally = new PullTally();
    let reportAt = performance.now() + reportEveryMs;
    // The engine repeats what it waits for: only news counts as a sign of life.
    for await (const line of linesOf(stream)) {
      const { error, isNews } = tally.add(JSON.parse(line) as PullLine);
      if (error !== undefined) throw new Error(error);
      if (isNews) timer.refresh();
      if (performance.now() < reportAt) continue;
      reportAt = performance.now() + reportEveryMs;
      report(`pulling ${image}: ${tally.describe()}`);
    }
    signal.throwIfAborted();
    report(`pulled ${image}`);
  } catch (error) {
    throw silence.signal.aborted ? silence.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Not by readline, which would wait for ever where the connection breaks. */
async function* linesOf(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '');
  }
}

function pullFailure(server: DockerServer, image: string, error: unknown): Failure {
  const said = engineWords(error);
  const cure = saysDiskFull(said)
    ? freeSomeOfDocker
    : `Try "docker pull ${image}"; for a private registry, "docker login" first. Another image ` +
      `goes by ${imageVariables[server]}. To run without Docker: --stack embedded.`;
  return new Failure(`the image ${image} cannot be pulled: ${said}`, {
    code: 'service_failed',
    cure,
    cause: error,
  });
}
