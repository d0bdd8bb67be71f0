import { Socket, createServer } from 'node:net';

import { isErrno } from '../../util/errno.js';
import { BrokerError } from '../brokerError.js';
import { serveConnection, type ConnectionOptions } from './connection.js';

export interface Listener {
  readonly port: number;
  /** Starts to serve connections, including those that are already open. */
  serve(options: ConnectionOptions): void;
  /** Stops listening and closes the open connections. */
  close(): Promise<void>;
}

/**
 * Binds the port. Connections wait until {@link Listener.serve} is called.
 * @param port 0 for any free port
 * @throws BrokerError LISTEN_FAILED
 */
export async function listen(host: string, port: number): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer({ pauseOnConnect: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(host, port, error)));
    server.listen(port, host, resolve);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    serve(options) {
      const start = (socket: Socket) => {
        serveConnection(socket, options);
        socket.resume();
      };
      sockets.forEach(start);
      server.on('connection', start);
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listenError(host: string, port: number, cause: Error): BrokerError {
  return isErrno(cause, 'EADDRINUSE')
    ? new BrokerError(
        'LISTEN_FAILED',
        `port ${port} on ${host} is in use`,
        'Stop the process that uses it, or choose another port.',
        cause,
      )
    : new BrokerError(
        'LISTEN_FAILED',
        `cannot listen on ${host}:${port}: ${cause.message}`,
        'Choose another address or port.',
        cause,
      );
}
