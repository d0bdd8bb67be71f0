/** Bytes that lie in a file: they come into memory where they are sent, a part at a time. */
export interface StoredBytes {
  readonly length: number;
  /** Fills `into` with the bytes from `at` on. @throws BytesGoneError */
  read(into: Buffer, at: number): void;
}

/** A piece of a response. */
export type Bytes = Buffer | StoredBytes;

/** The file has the bytes no more: its topic was deleted, or it was cut by somebody else. */
export class BytesGoneError extends Error {
  override readonly name = 'BytesGoneError';
}

/** All of it, in memory. @throws BytesGoneError */
export function bytesOf(piece: Bytes): Buffer {
  if (Buffer.isBuffer(piece)) return piece;
  const bytes = Buffer.allocUnsafe(piece.length);
  piece.read(bytes, 0);
  return bytes;
}
