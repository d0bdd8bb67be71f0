import type { ConnectionOptions } from 'node:tls';

import { splitAddress, type KafkaEndpoint } from '../../config/endpoints.js';
import { createKafka, readTimeoutMs } from '../../stores/kafka/client.js';
import { createTolerantCluster } from '../../stores/kafka/cluster.js';
import { readTls } from '../../stores/tls.js';
import { describeError } from '../../util/describeError.js';
import { Failure } from '../../util/failure.js';
import {
  explainSystemError,
  nameOf,
  reach,
  refusedAfterHandshake,
  speaksTls,
  tlsFailure,
  Unreachable,
  type Place,
} from '../reach.js';
import { kafkaFailure } from './explain.js';
import { greet, type BrokerGreeting } from './greeting.js';

const variables = {
  address: 'KAFKA_BOOTSTRAP_SERVERS',
  ca: 'KAFKA_SSL_CA_FILE',
  certificate: 'KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE',
};

/** Record batches and idempotent producers, both of which require Kafka 0.11. */
const needed = [
  { name: 'Produce', apiKey: 0, version: 3 },
  { name: 'InitProducerId', apiKey: 22, version: 0 },
];

/**
 * Checks that Kafka can be used: it can be reached, its TLS and SASL match the endpoint, it accepts
 * the credentials, its version is supported, and its brokers can be reached at their advertised
 * addresses.
 * @throws Unreachable, or a Failure whose fix names the wrong setting
 */
export async function checkKafka(endpoint: KafkaEndpoint): Promise<void> {
  const tls = endpoint.tls && { ...readTls(endpoint.tls) };
  const checks = endpoint.brokers.map(async (address) => ({
    address,
    problem: await problemWith(placeOf(address), endpoint, tls),
  }));
  // One broker is enough, so a broker that hangs does not delay the check.
  const answering = await Promise.any(checks.map(answersWell)).catch(() => undefined);
  if (answering !== undefined) return checkCluster({ ...endpoint, brokers: [answering] }, tls);
  const problems = (await Promise.all(checks)).map(({ problem }) => problem);
  const found = problems.filter((problem) => problem !== undefined);
  const wrong = found.find((problem) => !(problem instanceof Unreachable));
  if (wrong !== undefined) throw wrong;
  const message = found.map((problem) => problem.message).join(', ');
  throw new Unreachable(message, found[0]?.cure ?? '', new AggregateError(found));
}

interface BrokerCheck {
  readonly address: string;
  readonly problem: Failure | undefined;
}

/** @returns its address @throws its problem */
async function answersWell(check: Promise<BrokerCheck>): Promise<string> {
  const { address, problem } = await check;
  if (problem !== undefined) throw problem;
  return address;
}

function placeOf(address: string): Place {
  return { service: 'Kafka', ...splitAddress(address), variables };
}

async function problemWith(
  place: Place,
  endpoint: KafkaEndpoint,
  tls: ConnectionOptions | undefined,
): Promise<Failure | undefined> {
  try {
    await checkGreeting(place, endpoint, tls);
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

async function checkGreeting(
  place: Place,
  endpoint: KafkaEndpoint,
  tls: ConnectionOptions | undefined,
): Promise<void> {
  const socket = await reach(place, tls);
  let greeting: BrokerGreeting;
  try {
    greeting = await greet(socket);
  } catch (error) {
    throw await greetingFailure(error, place, tls);
  } finally {
    socket.destroy();
  }
  const lacks = needed.find(
    ({ apiKey, version }) =>
      !greeting.apis.some((api) => api.apiKey === apiKey && api.max >= version),
  );
  if (lacks !== undefined) {
    throw failure(
      place,
      `is too old: it lacks version ${lacks.version} of ${lacks.name}`,
      'Use Kafka 0.11 or newer.',
    );
  }
  checkMechanism(place, endpoint, greeting.mechanisms);
}

/** Explains an invalid response: the server uses TLS, rejects this client's, or is not Kafka. */
async function greetingFailure(
  error: unknown,
  place: Place,
  tls: ConnectionOptions | undefined,
): Promise<Failure> {
  const refused =
    tls &&
    (tlsFailure(error, place) ?? (await refusedAfterHandshake(await reach(place, tls), place)));
  if (refused !== undefined) return refused;
  if (tls === undefined && (await speaksTls(place))) {
    return failure(
      place,
      'uses TLS, but KAFKA_SECURITY_PROTOCOL does not enable it',
      'Set KAFKA_SECURITY_PROTOCOL to SSL, or to SASL_SSL if it requires a user.',
    );
  }
  const timedOut = error instanceof Error && error.name === 'AbortError';
  return failure(
    place,
    `does not respond like Kafka: ${timedOut ? 'no answer' : describeError(error)}`,
    `Check which service is listening there, or correct ${variables.address}.`,
  );
}

function checkMechanism(
  place: Place,
  { sasl, tls }: KafkaEndpoint,
  mechanisms: readonly string[] | undefined,
): void {
  const secure = tls === undefined ? '' : '_SSL';
  if (sasl === undefined && mechanisms !== undefined) {
    throw failure(
      place,
      'requires a user, but none is configured',
      `Set KAFKA_USERNAME and KAFKA_PASSWORD${secure && ', and KAFKA_SECURITY_PROTOCOL to SASL_SSL'}.`,
    );
  }
  if (sasl === undefined) return;
  if (mechanisms === undefined) {
    throw failure(
      place,
      'does not use SASL on that port, but KAFKA_USERNAME is set',
      `Set KAFKA_SECURITY_PROTOCOL to ${secure === '' ? 'PLAINTEXT' : 'SSL'}, or use the port of its SASL listener.`,
    );
  }
  if (mechanisms.includes(sasl.mechanism)) return;
  throw failure(
    place,
    `does not support ${sasl.mechanism}, only ${mechanisms.join(', ')}`,
    'Set KAFKA_SASL_MECHANISM to a mechanism that it supports.',
  );
}

/**
 * Authenticates, and checks that the brokers can be reached at their advertised addresses. If some of
 * them cannot be reached, they may be down, which a cluster tolerates; if none can, the addresses are
 * wrong.
 */
async function checkCluster(
  endpoint: KafkaEndpoint,
  tls: ConnectionOptions | undefined,
): Promise<void> {
  const client = createKafka(endpoint, {
    clientId: 'gamemetrics-check',
    retries: 0,
    requestTimeoutMs: readTimeoutMs,
  });
  const cluster = createTolerantCluster(client);
  try {
    await cluster.connect();
    await cluster.refreshMetadata();
    const brokers = cluster.brokerPool.metadata?.brokers ?? [];
    const problems = await Promise.all(
      brokers.map(async ({ host, port }) => problemAt(host, port, tls)),
    );
    const [problem] = problems;
    if (problem !== undefined && !problems.includes(undefined)) throw problem;
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw (
      kafkaFailure(error, endpoint) ??
      new Unreachable(
        `cannot work with Kafka at ${endpoint.brokers.join(', ')}: ${describeError(error)}`,
        'Check that it is running, and check its log.',
        error,
      )
    );
  } finally {
    await cluster.disconnect();
  }
}

/** Checks the advertised address of a broker. @throws Failure if TLS fails */
async function problemAt(
  host: string,
  port: number,
  tls: ConnectionOptions | undefined,
): Promise<Unreachable | undefined> {
  try {
    (await reach({ service: 'Kafka', host, port, variables }, tls)).destroy();
    return undefined;
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    const where = nameOf({ host, port });
    return new Unreachable(
      `Kafka advertises a broker at ${where}, which cannot be reached (${explainSystemError(error.cause)})`,
      "Correct the broker's advertised.listeners, or make that address reachable from this machine.",
      error,
    );
  }
}

function failure(place: Place, what: string, cure: string): Failure {
  return new Failure(`Kafka at ${nameOf(place)} ${what}`, { code: 'service_failed', cure });
}
