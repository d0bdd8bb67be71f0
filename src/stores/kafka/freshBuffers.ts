import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

interface Connection {
  socket?: Socket | null;
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  isConnected(): boolean;
}

/** A response begins with its size, an int32. */
const sizeBytes = 4;

/**
 * Makes each new connection start with an empty receive buffer. kafkajs 2.2.4 reconnects with a
 * partial response of the old connection still in the buffer. It then splits every response on the
 * new connection at the wrong place, until it waits forever or reads past the end of the buffer,
 * which crashes the process.
 */
export function clearBuffersOnConnect(): void {
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/connection') as {
    prototype: { connect: unknown };
  };
  const connect = prototype.connect as (this: Connection) => Promise<boolean>;
  prototype.connect = async function (this: Connection): Promise<boolean> {
    if (!this.isConnected()) {
      this.socket?.removeAllListeners('data');
      this.chunks = [];
      this.bytesBuffered = 0;
      this.bytesNeeded = sizeBytes;
    }
    return connect.call(this);
  };
}
