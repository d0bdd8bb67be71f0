/** Bytes in a file. They are read into memory a part at a time, when they are sent. */
export interface StoredBytes {
  readonly length: number;
  /** Fills `into` with the bytes that start at `at`. @throws BytesGoneError */
  read(into: Buffer, at: number): void;
}

/** A piece of a response. */
export type Bytes = Buffer | StoredBytes;

/** The bytes are no longer in the file: the topic was deleted, or the file was truncated. */
export class BytesGoneError extends Error {
  override readonly name = 'BytesGoneError';
}

/** Reads the whole piece into memory. @throws BytesGoneError */
export function bytesOf(piece: Bytes): Buffer {
  if (Buffer.isBuffer(piece)) return piece;
  const bytes = Buffer.allocUnsafe(piece.length);
  piece.read(bytes, 0);
  return bytes;
}
