import type { Bytes } from './bytes.js';

const firstChunkBytes = 256;
/** From this size on, a byte string is linked instead of copied, in bytes. */
const linkFromBytes = 2048;

/**
 * Writes the protocol's primitive types into a list of pieces.
 * Large byte strings (record batches) are linked in, not copied or read.
 */
export class Writer {
  /** Whether strings, arrays and structs are in the compact, tagged form of KIP-482. */
  readonly flexible: boolean;
  readonly #full: Bytes[] = [];
  #chunk = Buffer.allocUnsafe(firstChunkBytes);
  #at = 0;
  /** The start of the part of #chunk that is not in #full yet. */
  #from = 0;

  constructor(flexible = false) {
    this.flexible = flexible;
  }

  /** Reserves `length` bytes in #chunk. @returns the position of the first */
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
    // A client's 2^63 - 1 was read as 2^63, since numbers round; writing it must not throw.
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
    if (bytes.length >= linkFromBytes) {
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

  /** @returns the pieces written, in order; the writer cannot be used afterwards */
  finish(): readonly Bytes[] {
    this.#flush();
    return this.#full;
  }
}
