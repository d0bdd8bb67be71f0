import type { ConnectionOptions } from 'node:tls';

import { splitAddress, type KafkaEndpoint } from '../../config/endpoints.js';
import { Failure } from '../../config/failure.js';
import { describe } from '../errors.js';
import { chain } from './errors.js';
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
import { readTls } from '../tls.js';
import { createKafka } from './client.js';
import { kafkaFailure } from './explain.js';
import { greet, type BrokerGreeting } from './wire.js';

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
  const problems = await Promise.all(
    endpoint.brokers.map(async (address) => problemWith(placeOf(address), endpoint, tls)),
  );
  const answering = endpoint.brokers.filter((_address, index) => problems[index] === undefined);
  if (answering.length > 0) return checkCluster({ ...endpoint, brokers: answering }, tls);
  const found = problems.filter((problem) => problem !== undefined);
  const wrong = found.find((problem) => !(problem instanceof Unreachable));
  if (wrong !== undefined) throw wrong;
  const message = found.map((problem) => problem.message).join(', ');
  throw new Unreachable(message, found[0]?.cure ?? '', new AggregateError(found));
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
    `does not answer as Kafka does: ${timedOut ? 'no answer' : describe(error)}`,
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

/** Logs in, and sees that the brokers are where they say they are. */
async function checkCluster(
  endpoint: KafkaEndpoint,
  tls: ConnectionOptions | undefined,
): Promise<void> {
  const client = createKafka(endpoint, { clientId: 'gamemetrics-check', retries: 0 });
  const admin = client.admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    await Promise.all(brokers.map(async ({ host, port }) => checkAdvertised(host, port, tls)));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw kafkaFailure(error, endpoint) ?? (await notNow(error, endpoint, tls));
  } finally {
    await admin.disconnect();
  }
}

async function checkAdvertised(
  host: string,
  port: number,
  tls: ConnectionOptions | undefined,
): Promise<void> {
  try {
    (await reach({ service: 'Kafka', host, port, variables }, tls)).destroy();
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    const where = nameOf({ host, port });
    throw new Unreachable(
      `Kafka says that a broker of its is at ${where}, and that cannot be reached (${explainSystemError(error.cause)})`,
      "Correct the broker's advertised.listeners, or make that address known to this machine.",
      error,
    );
  }
}

/** A broker that it was asked for a moment ago answered: perhaps another one does not. */
async function notNow(
  error: unknown,
  { brokers }: KafkaEndpoint,
  tls: ConnectionOptions | undefined,
): Promise<Failure> {
  const told = chain(error)
    .map((link) => ('broker' in link && typeof link.broker === 'string' ? link.broker : ''))
    .find((broker) => broker !== '' && !brokers.includes(broker));
  if (told !== undefined) {
    const { host, port } = splitAddress(told);
    await checkAdvertised(host, port, tls);
  }
  return new Unreachable(
    `cannot work with Kafka at ${brokers.join(', ')}: ${describe(error)}`,
    'See that it runs, and its log.',
    error,
  );
}

function failure(place: Place, what: string, cure: string): Failure {
  return new Failure(`Kafka at ${nameOf(place)} ${what}`, { exit: 'serviceFailed', cure });
}
