import { connect, createServer, type Server } from 'node:net';

export const loopback = '127.0.0.1';

/**
 * Tries to connect.
 * @returns undefined if the port accepts the connection, otherwise a system error's code or
 *   `timeout`
 */
export function connectionError(
  host: string,
  port: number,
  timeoutMs: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    // The socket's own timeout would not cover the name lookup.
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

/**
 * Whether an IP address belongs to this machine: a socket can only be bound to its own addresses.
 */
export function isOwnAddress(address: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: address, port: 0 }, () => server.close(() => resolve(true)));
  });
}

/**
 * Reserves loopback ports for servers that this process is about to start, so that instances that
 * start at the same time do not choose the same port.
 */
export class PortReservations {
  readonly #held = new Map<number, Server>();
  /** All reserved ports, including those released to their servers. */
  readonly #ports = new Set<number>();

  /**
   * Reserves a port if a server can listen on it: no server answers there (some systems allow a
   * bind beside a server that listens on all addresses) and it can be bound.
   * @returns whether it is reserved
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

  /** Releases a port for its server, right before that server starts. */
  release(port: number): void {
    this.#held.get(port)?.close();
    this.#held.delete(port);
  }

  releaseAll(): void {
    for (const port of [...this.#held.keys()]) this.release(port);
  }

  /**
   * Releases all ports. Call it once none of the servers runs.
   * @returns the ports that another process took between their release and their server's start
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
