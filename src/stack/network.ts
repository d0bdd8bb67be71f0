import { connect, createServer } from 'node:net';

export const loopback = '127.0.0.1';

/**
 * Whether a server may listen on this port of the loopback address: nobody answers there (some
 * systems let a second one listen beside a server of all addresses) and binding it works.
 */
export async function isPortFree(port: number): Promise<boolean> {
  return (await connectionError(loopback, port, 500)) !== undefined && (await canListen(port));
}

/**
 * Tries to connect.
 * @returns undefined where somebody answers, or why not: a system error's code, or `timeout`
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

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: loopback, port }, () => server.close(() => resolve(true)));
  });
}
