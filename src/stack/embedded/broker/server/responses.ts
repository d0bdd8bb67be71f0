import type { Socket } from 'node:net';
import { bytesOf, type Bytes } from '../codec/bytes.js';

/** What a response holds of a file in memory at a time. */
const CHUNK = 64 * 1024;

/**
 * Sends a response. What lies in a file beyond a chunk is read as the client takes it, through one
 * buffer: however much the clients have asked for, each holds a chunk of the broker's memory.
 * @returns undefined where all of it is written or queued already, else a promise of that
 * @throws BytesGoneError, with a part sent: the connection is of no more use
 */
export function sendResponse(socket: Socket, pieces: readonly Bytes[]): Promise<void> | undefined {
  for (const [index, piece] of pieces.entries()) {
    if (!Buffer.isBuffer(piece) && piece.length > CHUNK) {
      return sendInChunks(socket, pieces.slice(index));
    }
    socket.write(bytesOf(piece));
  }
  return undefined;
}

async function sendInChunks(socket: Socket, pieces: readonly Bytes[]): Promise<void> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (const piece of pieces) {
    if (Buffer.isBuffer(piece)) {
      socket.write(piece);
      continue;
    }
    for (let at = 0; at < piece.length && !socket.destroyed; at += CHUNK) {
      const chunk = buffer.subarray(0, Math.min(CHUNK, piece.length - at));
      piece.read(chunk, at);
      // The buffer is free when the kernel has its bytes, or the socket has ended.
      await new Promise((resolve) => socket.write(chunk, resolve));
    }
  }
}
