import { once } from 'node:events';
import type { Socket } from 'node:net';

/** Versions of an API that a broker knows. */
interface ApiRange {
  readonly apiKey: number;
  readonly min: number;
  readonly max: number;
}

/** What a broker says to a client that has not said who it is. */
export interface BrokerGreeting {
  readonly apis: readonly ApiRange[];
  /** The SASL mechanisms of its listener; undefined where that wants no user. */
  readonly mechanisms: readonly string[] | undefined;
}

/** How long an answer may take; ms. */
const answerTimeoutMs = 5_000;

/** More than any answer to these two requests. */
const longestAnswer = 64 * 1024;

const saslHandshakeKey = 17;
const apiVersionsKey = 18;

/** A listener without SASL answers a handshake with this error. */
const illegalSaslState = 34;

/**
 * Asks a broker what it speaks, on a connection of its own: ApiVersions v0, then SaslHandshake v1,
 * which it answers before anybody has logged in.
 * @throws an Error where it closes the connection, does not answer, or answers something else
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
  const asked = Buffer.from('\0\x05PLAIN');
  const handshake = new AnswerReader(await exchange(socket, saslHandshakeKey, 1, asked));
  const error = handshake.int16();
  const mechanisms = handshake.array(() => handshake.string());
  return { apis, mechanisms: error === illegalSaslState ? undefined : mechanisms };
}

/**
 * One request and its answer.
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
    throw new Error('its answer is not in the protocol of Kafka');
  }
  const answer = await read(socket, size, signal);
  if (answer.readInt32BE() !== apiKey) {
    throw new Error('its answer is not in the protocol of Kafka');
  }
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
