/** A request's size prefix, int32. */
const prefix = 4;
/** apiKey, apiVersion, correlationId: a shorter request is none. */
const leastRequest = 8;

/** What came is not a Kafka request: the size that it begins with is out of bounds. */
export class FrameSizeError extends Error {
  override readonly name = 'FrameSizeError';
}

/**
 * Cuts a stream of bytes into requests. It holds no more than what has come, whatever size a
 * request claims, and copies only requests that came in several pieces.
 */
export class FrameSplitter {
  readonly #mostBytes: number;
  #chunks: Buffer[] = [];
  #buffered = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Bytes that are waiting. */
  get buffered(): number {
    return this.#buffered;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
  }

  /**
   * @returns the next whole request without its size, or undefined while it is incomplete
   * @throws FrameSizeError
   */
  next(): Buffer | undefined {
    if (this.#buffered < prefix) return undefined;
    const size = this.#head(prefix).readInt32BE(0);
    if (size < leastRequest || size > this.#mostBytes) {
      throw new FrameSizeError(`a request of ${size} bytes`);
    }
    const whole = prefix + size;
    if (this.#buffered < whole) return undefined;
    const head = this.#head(whole);
    this.#chunks[0] = head.subarray(whole);
    if (head.length === whole) this.#chunks.shift();
    this.#buffered -= whole;
    return head.subarray(prefix, whole);
  }

  /** The first chunk, of at least `length` bytes. */
  #head(length: number): Buffer {
    let first = this.#chunks[0] ?? Buffer.alloc(0);
    if (first.length < length) {
      first = Buffer.concat(this.#chunks);
      this.#chunks = [first];
    }
    return first;
  }
}
