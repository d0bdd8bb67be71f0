import type { Bytes } from './bytes.js';

const firstChunkBytes = 256;
/** From this size on, a byte string goes out by reference instead of being copied. */
const byReference = 2048;

/**
 * Writes the protocol's primitive types into a list of pieces.
 * Large byte strings (record batches) are linked in, not copied or read.
 */
export class Writer {
  /** Whether strings, arrays and structs take the compact, tagged form of KIP-482. */
  readonly flexible: boolean;
  readonly #full: Bytes[] = [];
  #chunk = Buffer.allocUnsafe(firstChunkBytes);
  #at = 0;
  /** Where the part of #chunk begins that is not in #full yet. */
  #from = 0;

  constructor(flexible = false) {
    this.flexible = flexible;
  }

  /** Makes room for `length` bytes and says where they go. */
  #grow(length: number): number {
    if (this.#at + length > this.#chunk.length) {
      this.#flush();
      this.#chunk = Buffer.allocUnsafe(Math.max(length, this.#chunk.length * 2, firstChunkBytes));
      this.#at = 0;
      this.#from = 0;
    }
    const at = this.#at;
    this.#at = at + length;
    return at;
  }

  #flush(): void {
    if (this.#at > this.#from) {
      this.#full.push(this.#chunk.subarray(this.#from, this.#at));
      this.#from = this.#at;
    }
  }

  int8(value: number): void {
    const at = this.#grow(1);
    this.#chunk.writeInt8(value, at);
  }

  int16(value: number): void {
    const at = this.#grow(2);
    this.#chunk.writeInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.#grow(4);
    this.#chunk.writeInt32BE(value, at);
  }

  int64(value: number): void {
    const at = this.#grow(8);
    // A client's own 2^63 - 1 has become 2^63 as a number: it must not throw on its way back.
    this.#chunk.writeInt32BE(Math.min(Math.floor(value / 0x1_0000_0000), 0x7fff_ffff), at);
    this.#chunk.writeUInt32BE(value >>> 0, at + 4);
  }

  uvarint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.int8((((rest & 0x7f) | 0x80) << 24) >> 24);
      rest = Math.floor(rest / 0x80);
    }
    this.int8(rest);
  }

  utf8(text: string, length: number): void {
    const at = this.#grow(length);
    this.#chunk.write(text, at, length, 'utf8');
  }

  raw(bytes: Bytes): void {
    if (bytes.length >= byReference) {
      this.#flush();
      this.#full.push(bytes);
      return;
    }
    const at = this.#grow(bytes.length);
    if (Buffer.isBuffer(bytes)) {
      bytes.copy(this.#chunk, at);
    } else {
      bytes.read(this.#chunk.subarray(at, at + bytes.length), 0);
    }
  }

  /** What was written, in order. The writer is used up. */
  finish(): readonly Bytes[] {
    this.#flush();
    return this.#full;
  }
}
