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
  /** The host at which its containers' ports are reached from here. */
  readonly host: string;
  /** The address on which it publishes ports; empty for all addresses of its machine. */
  readonly publishOn: string;
  /** The registry of images whose names do not include one. */
  readonly defaultRegistry: string;
}

const answerMs = 5000;

/**
 * Connects to the Docker engine that testcontainers uses. Loads testcontainers only if an
 * engine answers.
 * @throws Failure (service_failed) with the reason and the fix if no engine can be used
 */
export async function connectDocker(env: Environment): Promise<Docker> {
  const problem = await findEngineProblem(env, answerMs);
  if (problem !== undefined) throw engineFailure(problem);
  const { getContainerRuntimeClient } = await import('testcontainers');
  const client = await getContainerRuntimeClient().catch((cause: unknown) => {
    throw new Failure('the Docker engine answers, but testcontainers cannot use it', {
      code: 'service_failed',
      cure: 'Set DEBUG=testcontainers* to see why. To run without Docker: --stack embedded.',
      cause,
    });
  });
  const { host, indexServerAddress } = client.info.containerRuntime;
  // In a container, testcontainers returns the gateway of the engine's network, which is one of our
  // own addresses if the engine runs in the same container.
  const local = host === 'localhost' || (isIP(host) !== 0 && (await isOwnAddress(host)));
  return {
    api: client.container.dockerode,
    host: local ? loopback : host,
    publishOn: local ? loopback : addressOf(host),
    defaultRegistry: indexServerAddress,
  };
}

/**
 * An address is the gateway of the network of the container that this process runs in: only
 * containers on that network reach it. A name belongs to another machine, which may know it
 * by any address.
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

/** The engine's message in an error, without the HTTP status. */
export function engineMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const body = 'json' in error ? (error.json as { message?: unknown } | undefined) : undefined;
  const message = typeof body?.message === 'string' ? body.message : error.message;
  return message.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim();
}
