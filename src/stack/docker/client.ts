import { isIP } from 'node:net';

import type { ContainerRuntimeClient } from 'testcontainers';

import type { Environment } from '../../config/endpoints.js';
import { Failure } from '../../util/failure.js';
import { isOwnAddress, loopback } from '../network.js';
import { engineFailure, findEngineProblem } from './engine.js';

/** The Docker engine's API. */
export type DockerApi = ContainerRuntimeClient['container']['dockerode'];

/** A Docker engine that answers. */
export interface Docker {
  readonly api: DockerApi;
  /** Where the ports of its containers are reached from here. */
  readonly host: string;
  /** The address on which it publishes ports; empty: every address of its machine. */
  readonly publishOn: string;
  /** The registry of images without one in their names. */
  readonly defaultRegistry: string;
}

const answerMs = 5000;

/**
 * Connects to the Docker engine that testcontainers uses, which is loaded only here.
 * @throws Failure (service_failed) that says why there is none, with the cure
 */
export async function connectDocker(env: Environment): Promise<Docker> {
  const problem = await findEngineProblem(env, answerMs);
  if (problem !== undefined) throw engineFailure(problem);
  const { getContainerRuntimeClient } = await import('testcontainers');
  const client = await getContainerRuntimeClient().catch((cause: unknown) => {
    throw new Failure('the Docker engine answers, but testcontainers cannot use it', {
      code: 'service_failed',
      cure: 'See why with DEBUG=testcontainers* set. To run without Docker: --stack embedded.',
      cause,
    });
  });
  const { host, indexServerAddress } = client.info.containerRuntime;
  // In a container testcontainers names the gateway of the engine's network, which is an address of
  // ours where the engine runs in the same container.
  const local = host === 'localhost' || (isIP(host) !== 0 && (await isOwnAddress(host)));
  return {
    api: client.container.dockerode,
    host: local ? loopback : host,
    publishOn: local ? loopback : addressOf(host),
    defaultRegistry: indexServerAddress,
  };
}

/**
 * An address is the gateway of the network in which we run as a container ourselves: only what is on
 * that network gets there. A name is another machine's, which may know it by any address.
 */
function addressOf(host: string): string {
  return isIP(host) === 0 ? '' : host;
}

/** Whether an error is the engine's answer with one of these HTTP status codes. */
export function isStatus(error: unknown, ...codes: readonly number[]): boolean {
  return (
    error instanceof Error && 'statusCode' in error && codes.includes(error.statusCode as number)
  );
}

/** What the engine says of an error, without the HTTP around it. */
export function engineWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const answer = 'json' in error ? (error.json as { message?: unknown } | undefined) : undefined;
  const words = typeof answer?.message === 'string' ? answer.message : error.message;
  return words.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim();
}
