/**
 * Limits the bytes that all requests hold together. A request that exceeds the limit on its own is
 * still admitted while no other request holds any bytes.
 */
export class ByteBudget {
  readonly #limit: number;
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns an idempotent function that releases the bytes; undefined if the budget is exhausted */
  take(bytes: number): (() => void) | undefined {
    if (this.#held > 0 && this.#held + bytes > this.#limit) return undefined;
    this.#held += bytes;
    let unreleased = bytes;
    return () => {
      this.#held -= unreleased;
      unreleased = 0;
    };
  }
}
