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
 * kafkajs 2.2.4 reconnects with the bytes of an answer that the old connection did not finish still in
 * its buffer: every answer on the new one is then cut at the wrong places, until it waits for ever or
 * reads beyond the buffer's end, which ends the process. A new connection begins with an empty buffer.
 */
export function beginWithFreshBuffers(): void {
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
