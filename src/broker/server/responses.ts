import type { Socket } from 'node:net';

import { bytesOf, type Bytes, type StoredBytes } from '../codec/bytes.js';

/** Bytes of a file that one response holds in memory at a time. */
const chunkBytes = 64 * 1024;

/**
 * Sends a response, unless the client has disconnected. A piece larger than a chunk is read from
 * its file as fast as the client reads, so that each client takes only one chunk of memory,
 * whatever it has requested.
 * @returns undefined if everything is already written or queued, or else a promise
 * @throws BytesGoneError after a part was sent; the connection must then be closed
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

/** Sends the piece through one buffer, which is reused after each write has completed or failed. */
async function sendInChunks(socket: Socket, piece: StoredBytes): Promise<void> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let at = 0; at < piece.length && !socket.destroyed; at += chunkBytes) {
    const chunk = buffer.subarray(0, Math.min(chunkBytes, piece.length - at));
    piece.read(chunk, at);
    await new Promise((resolve) => socket.write(chunk, resolve));
  }
}
