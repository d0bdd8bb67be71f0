import type { Environment } from '../../config/endpoints.js';
import { Failure } from '../../util/failure.js';
import { connectDocker } from './client.js';
import { findEngineProblem } from './engine.js';
import { dockerServers, type Images } from './images.js';

export interface AvailabilityOptions {
  readonly images: Images;
  readonly env: Environment;
  /** Receives the progress of a pull, as lines. */
  readonly report: (text: string) => void;
  readonly signal: AbortSignal;
}

/** For a stack that the user has not asked for: an engine that does not answer at once is none. */
const answerMs = 1000;

/** Nor is a registry that says nothing for that long. */
const pullPatienceMs = 15_000;

/**
 * Makes sure that containers can be started here: an engine answers, and it has the images, or gets
 * them now.
 * @returns the reason why not; undefined where they can
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
