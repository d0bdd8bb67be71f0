import { connect, createServer, type Server } from 'node:net';

export const loopback = '127.0.0.1';

/**
 * Tries to connect.
 * @returns undefined where the port accepts it, or why not: a system error's code, or `timeout`
 */
export function connectionError(
  host: string,
  port: number,
  timeoutMs: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    // Not the socket's own timeout, which would not cover the look-up of a name.
    const timer = setTimeout(() => settle('timeout'), timeoutMs);
    const settle = (error: string | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(error);
    };
    socket.once('connect', () => settle(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
  });
}

/** Whether an IP address is one of this machine's own: only to those can a socket be bound. */
export function isOwnAddress(address: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: address, port: 0 }, () => server.close(() => resolve(true)));
  });
}

/**
 * Ports of the loopback address that this process keeps for servers that it has still to start,
 * so that of several starters on a machine no two choose the same one.
 */
export class PortReservations {
  readonly #held = new Map<number, Server>();
  /** Also those that were freed for their servers. */
  readonly #ports = new Set<number>();

  /**
   * Keeps a port where a server may listen on it: nothing answers there (some systems let a second
   * one listen beside a server of all addresses) and binding it works.
   * @returns whether it is kept now
   */
  async reserve(port: number): Promise<boolean> {
    if ((await connectionError(loopback, port, 500)) === undefined) return false;
    const server = createServer((socket) => socket.destroy());
    return new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen({ host: loopback, port }, () => {
        this.#held.set(port, server);
        this.#ports.add(port);
        resolve(true);
      });
    });
  }

  /** Frees a port at once, for the server that is started next. */
  release(port: number): void {
    this.#held.get(port)?.close();
    this.#held.delete(port);
  }

  releaseAll(): void {
    for (const port of [...this.#held.keys()]) this.release(port);
  }

  /**
   * Frees all ports.
   * @returns those that another process took between their release and their server's start; to be
   *   called once none of these servers runs
   */
  async lost(): Promise<number[]> {
    const ports = [...this.#ports];
    this.releaseAll();
    const others = new PortReservations();
    const free = await Promise.all(ports.map(async (port) => others.reserve(port)));
    others.releaseAll();
    return ports.filter((_, index) => free[index] === false);
  }
}
