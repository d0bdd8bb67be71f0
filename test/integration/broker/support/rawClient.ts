import { Socket, connect } from 'node:net';

import type { ApiRange } from '../../../../src/broker/apis/api.js';
import { bytesOf } from '../../../../src/broker/codec/bytes.js';
import { hasTaggedResponseHeader, isFlexible } from '../../../../src/broker/codec/frame.js';
import { skipTags, type Layout } from '../../../../src/broker/codec/layout.js';
import { Reader } from '../../../../src/broker/codec/reader.js';
import { Writer } from '../../../../src/broker/codec/writer.js';

/** The module of an API: its version range and its two layouts. */
export interface Message<Req, Res> {
  readonly api: ApiRange;
  readonly request: Layout<Req>;
  readonly response: Layout<Res>;
}

/** A request frame with its size prefix. */
export function encodeRequest<Req>(
  message: Pick<Message<Req, unknown>, 'api' | 'request'>,
  version: number,
  correlationId: number,
  body: Req,
): Buffer {
  const writer = new Writer(isFlexible(message.api, version));
  writer.int16(message.api.key);
  writer.int16(version);
  writer.int32(correlationId);
  writer.int16(3);
  writer.utf8('raw', 3);
  if (writer.flexible) writer.uvarint(0);
  message.request.write(writer, body, version);
  const frame = Buffer.concat([Buffer.alloc(4), ...writer.finish().map(bytesOf)]);
  frame.writeInt32BE(frame.length - 4);
  return frame;
}

/** Sends and receives single frames, so that a test controls the bytes on the wire. */
export class RawClient {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #wake: () => void = () => undefined;
  #nextId = 1;
  /** Every request frame so far. */
  readonly sent: Buffer[] = [];
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
    socket.on('error', () => socket.destroy());
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  /** Sends a request. @returns its correlation id */
  send<Req, Res>(message: Message<Req, Res>, version: number, body: Req): number {
    const id = this.#nextId++;
    const frame = encodeRequest(message, version, id, body);
    this.sent.push(frame);
    this.socket.write(frame);
    return id;
  }

  /** The next response frame without its size; undefined if the connection is closed. */
  async frame(): Promise<Buffer | undefined> {
    for (;;) {
      const size = this.#received.length >= 4 ? this.#received.readInt32BE(0) : Infinity;
      if (this.#received.length >= size + 4) {
        const frame = this.#received.subarray(4, size + 4);
        this.#received = this.#received.subarray(size + 4);
        return frame;
      }
      if (this.closed) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Reads the response to a request and checks that its frame has no trailing bytes. */
  async receive<Req, Res>(message: Message<Req, Res>, version: number, id: number): Promise<Res> {
    const frame = await this.frame();
    if (frame === undefined) {
      throw new Error(`${message.api.name} v${version}: the broker closed the connection`);
    }
    const reader = new Reader(frame, 0, isFlexible(message.api, version));
    const correlationId = reader.int32();
    if (hasTaggedResponseHeader(message.api, version)) skipTags(reader);
    const body = message.response.read(reader, version);
    if (correlationId !== id || reader.remaining > 0) {
      throw new Error(
        `${message.api.name} v${version}: id ${correlationId} for ${id}, ${reader.remaining} bytes left over`,
      );
    }
    return body;
  }

  async call<Req, Res>(message: Message<Req, Res>, version: number, body: Req): Promise<Res> {
    return this.receive(message, version, this.send(message, version, body));
  }

  /** Resolves when the broker has closed the connection. */
  async hungUp(): Promise<void> {
    while (!this.closed) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  close(): void {
    this.socket.destroy();
  }
}
