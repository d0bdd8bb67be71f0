import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Random } from './random.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Rewrites the bytes of one connection; a chunk may become shorter, delayed or empty. */
export interface Rewrite {
  request(chunk: Buffer): Buffer;
  response(chunk: Buffer): Buffer;
}

export interface TcpProxyOptions {
  /** The target address; called for each connection. */
  readonly target: () => Address;
  /** Creates the rewrite of a new connection. */
  readonly rewrite?: () => Rewrite;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes of responses that still pass before the connection breaks. */
  answerBytes: number;
}

/** The faults of the connections to a server; see {@link TcpProxy}. */
export type LinkFaults = Pick<
  TcpProxy,
  'cut' | 'truncateAnswers' | 'halfClose' | 'refuse' | 'hold' | 'delay' | 'heal' | 'close'
>;

const holdCheckMs = 10;

/** A TCP proxy on the loopback address, between clients and one server, that injects faults. */
export class TcpProxy {
  readonly #options: TcpProxyOptions;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #refusing = false;
  #holding = false;
  #delayMs = 0;

  private constructor(options: TcpProxyOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.#accept(client);
    });
  }

  /** Starts a proxy on a free port. */
  static async listen(options: TcpProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(options);
    proxy.#server.listen({ host: '127.0.0.1', port: 0 });
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get address(): Address {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is closed');
    return { host: address.address, port: address.port };
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#links.size;
  }

  /** Resets a share (0 to 1) of the connections immediately. */
  cut(share: number, random: Random): void {
    for (const link of this.#some(share, random)) breakLink(link);
  }

  /** Breaks a share of the connections after `bytes` more bytes of responses: within a response. */
  truncateAnswers(share: number, bytes: number, random: Random): void {
    for (const link of this.#some(share, random)) link.answerBytes = bytes;
  }

  /** Half-closes a share of the connections on the server side: the client sends no more. */
  halfClose(share: number, random: Random): void {
    for (const { server } of this.#some(share, random)) server.end();
  }

  /** Resets existing and new connections. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing;
    if (refusing) for (const link of this.#links) breakLink(link);
  }

  /** Blocks both directions without closing the connections. */
  hold(holding: boolean): void {
    this.#holding = holding;
  }

  /** Delays each chunk, in milliseconds. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Ends the effects of {@link refuse}, {@link hold} and {@link delay}. */
  heal(): void {
    this.#refusing = false;
    this.#holding = false;
    this.#delayMs = 0;
    for (const link of this.#links) link.answerBytes = Infinity;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const link of this.#links) breakLink(link);
    await closed;
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      client.on('error', () => client.destroy());
      client.resetAndDestroy();
      return;
    }
    const server = connect({ ...this.#options.target(), allowHalfOpen: true, noDelay: true });
    const link: Link = { client, server, answerBytes: Infinity };
    this.#links.add(link);
    for (const socket of [client, server]) {
      socket.on('error', () => breakLink(link));
      socket.on('close', () => {
        if (client.destroyed && server.destroyed) this.#links.delete(link);
      });
    }
    const rewrite = this.#options.rewrite?.();
    void this.#pass(link, client, server, (chunk) => rewrite?.request(chunk) ?? chunk);
    void this.#pass(link, server, client, (chunk) => rewrite?.response(chunk) ?? chunk);
  }

  async #pass(
    link: Link,
    from: Socket,
    to: Socket,
    rewrite: (chunk: Buffer) => Buffer,
  ): Promise<void> {
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false })) {
        if (this.#delayMs > 0) await sleep(this.#delayMs);
        while (this.#holding && !to.destroyed) await sleep(holdCheckMs);
        const bytes = rewrite(chunk as Buffer);
        const left = from === link.server ? link.answerBytes : Infinity;
        if (from === link.server) link.answerBytes -= bytes.length;
        if (bytes.length > 0 && !to.write(bytes.subarray(0, left))) {
          await Promise.race([once(to, 'drain'), once(to, 'close')]);
        }
        if (bytes.length >= left) breakLink(link);
      }
      to.end();
    } catch {
      // An error in one direction breaks both, as on a real connection.
      breakLink(link);
    }
  }

  #some(share: number, random: Random): Link[] {
    return [...this.#links].filter(() => random.chance(share));
  }
}

/** To each end, it looks as if the other had crashed. */
function breakLink({ client, server }: Link): void {
  for (const socket of [client, server]) {
    if (!socket.destroyed) socket.resetAndDestroy();
  }
}
