import {
  endpointsFromEnvironment,
  type Endpoints,
  type Environment,
} from '../../config/endpoints.js';
import { Failure } from '../../config/failure.js';
import { connectionError } from '../network.js';
import type { Stack } from '../stack.js';

const deadlineMs = 5000;

interface Service {
  readonly name: string;
  /** `host:port` pairs, any of which will do. */
  readonly addresses: readonly string[];
  readonly variables: string;
}

/**
 * The stack that the environment names, once each of its services has accepted a connection.
 * @throws Failure (usage) for a variable that cannot be read, Failure (serviceFailed) within 5 s
 * that names each service that cannot be reached and its variables
 */
export async function externalStack(env: Environment): Promise<Stack> {
  const endpoints = endpointsFromEnvironment(env);
  const problems = await Promise.all(servicesOf(endpoints).map(problemWith));
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length === 0) return { endpoints, servers: [] };
  throw new Failure(found.map(({ words }) => words).join('\n       '), {
    exit: 'serviceFailed',
    cure:
      `Start what is missing, or correct ${found.map(({ variables }) => variables).join(' and ')}. ` +
      "To run on services of gamemetrics' own instead: --stack embedded.",
  });
}

function servicesOf({ kafka, postgres, redis }: Endpoints): Service[] {
  return [
    { name: 'Kafka', addresses: kafka.brokers, variables: 'KAFKA_BOOTSTRAP_SERVERS' },
    {
      name: 'PostgreSQL',
      addresses: [`${postgres.host}:${postgres.port}`],
      variables: 'DATABASE_URL (or DB_HOST, DB_PORT)',
    },
    {
      name: 'Redis',
      addresses: [`${redis.host}:${redis.port}`],
      variables: 'REDIS_URL (or REDIS_HOST, REDIS_PORT)',
    },
  ];
}

async function problemWith(
  service: Service,
): Promise<{ words: string; variables: string } | undefined> {
  const errors = await Promise.all(
    service.addresses.map(async (address) => {
      const { host, port } = splitAddress(address);
      const error = await connectionError(host, port, deadlineMs);
      return error === undefined ? undefined : `${address} (${explain(error)})`;
    }),
  );
  if (errors.includes(undefined)) return undefined;
  return {
    words: `cannot reach ${service.name} at ${errors.join(', ')}`,
    variables: service.variables,
  };
}

function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host, port: Number(address.slice(colon + 1)) };
}

function explain(error: string): string {
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'no such host',
    EAI_AGAIN: 'its name cannot be looked up',
    timeout: `no answer within ${deadlineMs / 1000} s`,
  };
  return words[error] ?? error;
}
