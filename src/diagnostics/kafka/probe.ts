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

/** Record batches and idempotent producers: both came with Kafka 0.11. */
const needed = [
  { name: 'Produce', apiKey: 0, version: 3 },
  { name: 'InitProducerId', apiKey: 22, version: 0 },
];

/**
 * Sees that Kafka can be worked with: reached, its TLS and its SASL as the endpoint says, the user
 * let in, new enough, and its brokers where it says that they are.
 * @throws Unreachable, or a Failure with a cure that names the part that is wrong
 */
export async function checkKafka(endpoint: KafkaEndpoint): Promise<void> {
  const tls = endpoint.tls && { ...readTls(endpoint.tls) };
  const checks = endpoint.brokers.map(async (address) => ({
    address,
    problem: await problemWith(placeOf(address), endpoint, tls),
  }));
  // One broker is enough, and another that hangs is not waited for.
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
    throw await strangeAnswer(error, place, tls);
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

/** What speaks there is no Kafka, or wants to be spoken to in another way. */
async function strangeAnswer(
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
      'speaks TLS, and KAFKA_SECURITY_PROTOCOL says otherwise',
      'Set KAFKA_SECURITY_PROTOCOL to SSL, or to SASL_SSL where it wants a user.',
    );
  }
  const timedOut = error instanceof Error && error.name === 'AbortError';
  return failure(
    place,
    `does not answer as Kafka does: ${timedOut ? 'no answer' : describeError(error)}`,
    `See what listens there, or correct ${variables.address}.`,
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
      'wants a user, and none is given',
      `Set KAFKA_USERNAME and KAFKA_PASSWORD${secure && ', and KAFKA_SECURITY_PROTOCOL to SASL_SSL'}.`,
    );
  }
  if (sasl === undefined) return;
  if (mechanisms === undefined) {
    throw failure(
      place,
      'wants no user there, and KAFKA_USERNAME gives one',
      `Set KAFKA_SECURITY_PROTOCOL to ${secure === '' ? 'PLAINTEXT' : 'SSL'}, or take the port of its listener for SASL.`,
    );
  }
  if (mechanisms.includes(sasl.mechanism)) return;
  throw failure(
    place,
    `does not take ${sasl.mechanism}, but ${mechanisms.join(', ')}`,
    'Set KAFKA_SASL_MECHANISM to one that it takes.',
  );
}

/**
 * Logs in, and sees that brokers are where they say they are. One of several that cannot be reached
 * may be down, which a cluster is there to outlast; where none can, their addresses are wrong.
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
        'See that it runs, and its log.',
        error,
      )
    );
  } finally {
    await cluster.disconnect();
  }
}

/** Why a broker cannot be reached where it says it is. @throws Failure where TLS fails with it */
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
      `Kafka says that a broker of its is at ${where}, and that cannot be reached (${explainSystemError(error.cause)})`,
      "Correct the broker's advertised.listeners, or make that address known to this machine.",
      error,
    );
  }
}

function failure(place: Place, what: string, cure: string): Failure {
  return new Failure(`Kafka at ${nameOf(place)} ${what}`, { exit: 'serviceFailed', cure });
}
