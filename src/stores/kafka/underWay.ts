/** Work that has begun and has not settled, so that closing can wait for it. */
export class UnderWay {
  readonly #promises = new Set<Promise<unknown>>();

  /** Runs work, and counts it as under way until it settles. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#promises.add(running);
    try {
      return await running;
    } finally {
      this.#promises.delete(running);
    }
  }

  /** Resolves once everything that is under way now has settled, however it ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#promises);
  }
}
