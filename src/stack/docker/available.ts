import type { Environment } from '../../config/endpoints.js';
import { Failure } from '../../util/failure.js';
import { connectDocker } from './client.js';
import { findEngineProblem } from './engine.js';
import { dockerServers, type Images } from './images.js';

export interface AvailabilityOptions {
  readonly images: Images;
  readonly env: Environment;
  /** Receives the progress of a pull, line by line. */
  readonly report: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Short, since the user has not asked for Docker: an engine that does not answer is ignored. */
const answerMs = 1000;

/** How long a registry may send nothing before Docker is ignored; ms. */
const pullPatienceMs = 15_000;

/**
 * Checks whether containers can be started here: an engine answers, and it has the images or can
 * pull them now.
 * @returns the reason why not; undefined if they can
 * @throws Failure (interrupted) by the signal
 */
export async function findDockerProblem(options: AvailabilityOptions): Promise<string | undefined> {
  const { images, env, report, signal } = options;
  const problem = await findEngineProblem(env, answerMs);
  if (problem !== undefined) return problem.reason;
  try {
    const docker = await connectDocker(env);
    const { ensureImage } = await import('./pull.js');
    const pulling = { report, signal, patienceMs: pullPatienceMs };
    for (const server of dockerServers) await ensureImage(docker, server, images[server], pulling);
    return undefined;
  } catch (error) {
    if (error instanceof Failure && error.code !== 'interrupted') return error.message;
    throw error;
  }
}
