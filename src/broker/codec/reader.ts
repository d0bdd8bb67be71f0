/** A request does not match its layout; the connection that sent it is closed. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
}

/**
 * Reads the protocol's primitive types from one frame.
 * Byte strings are returned as views of the frame, never as copies.
 * int64 becomes a number, which is exact up to 2^53: far more than any offset, producer id or
 * timestamp here.
 */
export class Reader {
  /** Whether strings, arrays and structs are in the compact, tagged form of KIP-482. */
  readonly flexible: boolean;
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0, flexible = false) {
    this.#bytes = bytes;
    this.#at = at;
    this.flexible = flexible;
  }

  get position(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** Skips `length` bytes. @returns the position of the first */
  #take(length: number): number {
    const at = this.#at;
    if (length < 0 || at + length > this.#bytes.length) {
      throw new MalformedError(
        `${length} bytes expected at byte ${at} of a frame of ${this.#bytes.length}`,
      );
    }
    this.#at = at + length;
    return at;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#take(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  int64(): number {
    const at = this.#take(8);
    return this.#bytes.readInt32BE(at) * 0x1_0000_0000 + this.#bytes.readUInt32BE(at + 4);
  }

  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#take(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new MalformedError(`a varint longer than five bytes before byte ${this.#at}`);
  }

  /** The next `length` bytes, as a view of the frame. */
  raw(length: number): Buffer {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  utf8(length: number): string {
    const at = this.#take(length);
    return this.#bytes.toString('utf8', at, at + length);
  }
}
