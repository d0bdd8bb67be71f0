/** The size prefix of a request is an int32. */
const prefixBytes = 4;
/** apiKey, apiVersion and correlationId. */
const minRequestBytes = 8;

/** The input is not a Kafka request: its size prefix is out of range. */
export class FrameSizeError extends Error {
  override readonly name = 'FrameSizeError';
}

/**
 * Splits a byte stream into requests. It buffers no more than it has received, whatever the size
 * prefix says, and copies only requests that arrive in several chunks.
 */
export class FrameSplitter {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #buffered = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The number of buffered bytes. */
  get buffered(): number {
    return this.#buffered;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
  }

  /**
   * @returns the next request without its size prefix, or undefined while it is incomplete
   * @throws FrameSizeError if the size prefix is out of range
   */
  next(): Buffer | undefined {
    if (this.#buffered < prefixBytes) return undefined;
    const size = this.#head(prefixBytes).readInt32BE(0);
    if (size < minRequestBytes || size > this.#maxBytes) {
      throw new FrameSizeError(`a request of ${size} bytes is out of range`);
    }
    const whole = prefixBytes + size;
    if (this.#buffered < whole) return undefined;
    const head = this.#head(whole);
    this.#chunks[0] = head.subarray(whole);
    if (head.length === whole) this.#chunks.shift();
    this.#buffered -= whole;
    return head.subarray(prefixBytes, whole);
  }

  /** The first chunk, with at least `length` bytes. */
  #head(length: number): Buffer {
    let first = this.#chunks[0] ?? Buffer.alloc(0);
    if (first.length < length) {
      first = Buffer.concat(this.#chunks);
      this.#chunks = [first];
    }
    return first;
  }
}
