/** Bytes that lie in a file: they come into memory where they are sent, a part at a time. */
export interface StoredBytes {
  readonly length: number;
  /**
   * Fills `into` with the bytes from `at` on.
   * @returns how many that were: fewer than asked where the file has gone
   */
  read(into: Buffer, at: number): number;
}

/** A piece of a response. */
export type Bytes = Buffer | StoredBytes;

/** All of it, in memory. */
export function bytesOf(piece: Bytes): Buffer {
  if (Buffer.isBuffer(piece)) {
    return piece;
  }
  const bytes = Buffer.allocUnsafe(piece.length);
  return bytes.subarray(0, piece.read(bytes, 0));
}
