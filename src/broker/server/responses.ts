import type { Socket } from 'node:net';

import { bytesOf, type Bytes, type StoredBytes } from '../codec/bytes.js';

/** What a response holds of a file in memory at a time. */
const chunkBytes = 64 * 1024;

/**
 * Sends a response, to a client that is still there. What is larger than a chunk is read from its file as the client takes it:
 * however much the clients have asked for, each holds a chunk of the broker's memory.
 * @returns undefined where all of it is written or queued already, else a promise of that
 * @throws BytesGoneError, with a part sent: the connection is of no more use
 */
export function sendResponse(socket: Socket, pieces: readonly Bytes[]): Promise<void> | undefined {
  if (socket.destroyed) return undefined;
  for (const [index, piece] of pieces.entries()) {
    if (!Buffer.isBuffer(piece) && piece.length > chunkBytes) {
      const rest = pieces.slice(index + 1);
      return sendInChunks(socket, piece).then(() => sendResponse(socket, rest));
    }
    socket.write(bytesOf(piece));
  }
  return undefined;
}

/** Sends it through one buffer, which is free when the kernel has its bytes or the socket has ended. */
async function sendInChunks(socket: Socket, piece: StoredBytes): Promise<void> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let at = 0; at < piece.length && !socket.destroyed; at += chunkBytes) {
    const chunk = buffer.subarray(0, Math.min(chunkBytes, piece.length - at));
    piece.read(chunk, at);
    await new Promise((resolve) => socket.write(chunk, resolve));
  }
}
