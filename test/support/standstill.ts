import type { GameMetrics } from '../../src/index.js';

const pollMs = 50;

/** Watches the offset of each group in each partition of the raw topic. */
export class StandstillWatch {
  readonly #gm: GameMetrics;
  readonly #seen = new Map<string, { offset: number; at: number; longest: number }>();
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>;

  constructor(gm: GameMetrics) {
    this.#gm = gm;
    this.#watching = this.#watch();
  }

  /** The longest time without progress, in milliseconds, by `group/partition`, in order. */
  longest(): { readonly partition: string; readonly ms: number }[] {
    return [...this.#seen]
      .map(([partition, { longest }]) => ({ partition, ms: Math.round(longest) }))
      .sort((a, b) => b.ms - a.ms);
  }

  /** Stops the watch while events still arrive; without events, a stop is not a standstill. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const rows = await this.#gm.query<{ partition: string; next_offset: number }>(
        `SELECT consumer_group || '/' || partition AS partition, next_offset FROM consumer_offsets
         WHERE topic LIKE '%player.events.raw'`,
      );
      const now = performance.now();
      for (const { partition, next_offset: offset } of rows) {
        const known = this.#seen.get(partition) ?? { offset, at: now, longest: 0 };
        known.longest = Math.max(known.longest, now - known.at);
        if (known.offset !== offset) Object.assign(known, { offset, at: now });
        this.#seen.set(partition, known);
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }
}
