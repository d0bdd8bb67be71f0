/**
 * So many bytes may be held at once, by all requests together. What holds some gives them back once;
 * one alone may always have its way, however large.
 */
export class ByteBudget {
  readonly #limit: number;
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns how to give them back, or undefined where they are not to be had now */
  take(bytes: number): (() => void) | undefined {
    if (this.#held > 0 && this.#held + bytes > this.#limit) return undefined;
    this.#held += bytes;
    let left = bytes;
    return () => {
      this.#held -= left;
      left = 0;
    };
  }
}
