import { join } from 'node:path';

import { apiKeyVariables } from '../../config/apiKeys.js';
import { endpointVariables, type Environment } from '../../config/endpoints.js';
import { loopback } from '../network.js';
import type { Stack } from '../stack.js';
import { kafkaBroker } from './broker.js';
import { embeddedPostgresEndpoint, postgresServer } from './postgres.js';
import { redisServer } from './redis.js';

/** The servers of the embedded stack. Ports, logs and data folders have the same names. */
export const embeddedServers = ['broker', 'redis', 'postgres'] as const;

export interface EmbeddedOptions {
  /** The instance's folder: each server stores its data in a subfolder with its name. */
  readonly directory: string;
  readonly portOf: (name: string) => number;
  readonly logOf: (name: string) => string;
  readonly env: Environment;
}

/** Kafka, PostgreSQL and Redis as processes on this machine: no container, no JVM. */
export function embeddedStack({ directory, portOf, logOf, env }: EmbeddedOptions): Stack {
  const own = withoutSecrets(env);
  const at = (name: string) => [join(directory, name), portOf(name), logOf(name), own] as const;
  return {
    endpoints: {
      kafka: { brokers: [`${loopback}:${portOf('broker')}`] },
      postgres: embeddedPostgresEndpoint(portOf('postgres')),
      redis: { host: loopback, port: portOf('redis') },
      namespace: '',
    },
    servers: [
      () => kafkaBroker(...at('broker')),
      () => redisServer(...at('redis')),
      (signal) => postgresServer(...at('postgres'), signal),
    ],
  };
}

/** Removes the pipeline's addresses and API keys: PostgreSQL may run as another user. */
function withoutSecrets(env: Environment): Environment {
  const own = [...endpointVariables, ...apiKeyVariables];
  return { ...env, ...Object.fromEntries(own.map((variable) => [variable, undefined])) };
}
