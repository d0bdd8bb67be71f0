import { once } from 'node:events';
import type { Socket } from 'node:net';

/** The versions of an API that a broker supports. */
interface ApiRange {
  readonly apiKey: number;
  readonly min: number;
  readonly max: number;
}

/** What a broker discloses to a client that has not authenticated. */
export interface BrokerGreeting {
  readonly apis: readonly ApiRange[];
  /** The SASL mechanisms of the listener; undefined if it does not use SASL. */
  readonly mechanisms: readonly string[] | undefined;
}

/** How long a response may take, ms. */
const answerTimeoutMs = 5_000;

/** Larger than any response to these two requests, in bytes. */
const longestAnswer = 64 * 1024;

const saslHandshakeKey = 17;
const apiVersionsKey = 18;

/** The error with which a listener without SASL responds to a handshake. */
const illegalSaslState = 34;

/**
 * Requests the API versions and SASL mechanisms of a broker on a dedicated connection: ApiVersions
 * v0, then SaslHandshake v1. Neither requires authentication.
 * @throws an Error if the broker closes the connection, does not answer, or its response is invalid
 */
export async function greet(socket: Socket): Promise<BrokerGreeting> {
  const versions = new AnswerReader(await exchange(socket, apiVersionsKey, 0, Buffer.alloc(0)));
  versions.int16();
  const apis = versions.array(() => ({
    apiKey: versions.int16(),
    min: versions.int16(),
    max: versions.int16(),
  }));
  if (!apis.some(({ apiKey }) => apiKey === saslHandshakeKey)) {
    return { apis, mechanisms: undefined };
  }
  const plain = Buffer.from('\0\x05PLAIN');
  const handshake = new AnswerReader(await exchange(socket, saslHandshakeKey, 1, plain));
  const error = handshake.int16();
  const mechanisms = handshake.array(() => handshake.string());
  return { apis, mechanisms: error === illegalSaslState ? undefined : mechanisms };
}

/**
 * Sends one request and reads its response.
 *
 *     request:  size i32, api_key i16, api_version i16, correlation_id i32, client_id string, body
 *     response: size i32, correlation_id i32, body
 */
async function exchange(
  socket: Socket,
  apiKey: number,
  version: number,
  body: Buffer,
): Promise<Buffer> {
  const client = Buffer.from('gamemetrics');
  const head = Buffer.alloc(14);
  head.writeInt32BE(10 + client.length + body.length, 0);
  head.writeInt16BE(apiKey, 4);
  head.writeInt16BE(version, 6);
  head.writeInt32BE(apiKey, 8);
  head.writeInt16BE(client.length, 12);
  socket.write(Buffer.concat([head, client, body]));
  const signal = AbortSignal.timeout(answerTimeoutMs);
  const size = (await read(socket, 4, signal)).readInt32BE();
  if (size < 4 || size > longestAnswer) {
    throw new Error('its response is not in the Kafka protocol');
  }
  const answer = await read(socket, size, signal);
  if (answer.readInt32BE() !== apiKey) throw new Error('its response is not in the Kafka protocol');
  return answer.subarray(4);
}

async function read(socket: Socket, size: number, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    const chunk = socket.read(size) as Buffer | null;
    if (chunk?.length === size) return chunk;
    if (socket.readableEnded || chunk !== null) throw new Error('it closed the connection');
    await Promise.race([
      once(socket, 'readable', { signal }),
      once(socket, 'end', { signal }),
      once(socket, 'close', { signal }),
    ]);
    if (socket.destroyed) throw socket.errored ?? new Error('it closed the connection');
  }
}

class AnswerReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  int16(): number {
    this.#at += 2;
    return this.#buffer.readInt16BE(this.#at - 2);
  }

  string(): string {
    const length = this.int16();
    this.#at += length;
    return this.#buffer.toString('utf8', this.#at - length, this.#at);
  }

  array<T>(element: () => T): T[] {
    const length = this.#buffer.readInt32BE(this.#at);
    this.#at += 4;
    return Array.from({ length }, element);
  }
}
