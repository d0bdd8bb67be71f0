/** Tracks work in flight, so that closing can wait for it. */
export class UnderWay {
  readonly #promises = new Set<Promise<unknown>>();

  /** Runs work and tracks it until it settles. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#promises.add(running);
    try {
      return await running;
    } finally {
      this.#promises.delete(running);
    }
  }

  /** Resolves once all work that is in flight now has settled, whether it succeeded or failed. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#promises);
  }
}
