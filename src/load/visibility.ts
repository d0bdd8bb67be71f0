import type { GeneratedEvent } from '../generators/events.js';
import { LatencyRecorder, type Latency } from './latency.js';

/**
 * Resolves when the stores show an event. Rejects if they do not within the probe's timeout, or
 * when the signal is aborted.
 */
export type Visible = (event: GeneratedEvent, signal: AbortSignal) => Promise<void>;

export interface Visibility {
  readonly samples: number;
  /** Sampled events that did not become visible in time. */
  readonly missed: number;
  /** From the due time of an event; absent if no sample became visible. */
  readonly latencyMs?: Latency;
}

/** Limits the load on the stores: at most 20 samples per second, and 20 at a time. */
const bounds = { intervalMs: 50, pending: 20 } as const;

/** Measures how long accepted events take to become visible, for a sample of them. */
export class VisibilitySampler {
  readonly #visible: Visible;
  readonly #signal: AbortSignal;
  readonly #latency = new LatencyRecorder();
  readonly #pending = new Set<Promise<void>>();
  #lastMs = -Infinity;
  #missed = 0;

  constructor(visible: Visible, signal: AbortSignal) {
    this.#visible = visible;
    this.#signal = signal;
  }

  /**
   * Adds an accepted event to the sample if the bounds allow it.
   * @param dueMs its due time, by performance.now()
   */
  offer(event: GeneratedEvent, dueMs: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastMs < bounds.intervalMs || this.#pending.size >= bounds.pending) return;
    this.#lastMs = nowMs;
    const probe = this.#measure(event, dueMs).finally(() => this.#pending.delete(probe));
    this.#pending.add(probe);
  }

  /** Waits for the pending samples. */
  async finish(): Promise<Visibility> {
    await Promise.all(this.#pending);
    const latencyMs = this.#latency.percentiles();
    return {
      samples: this.#latency.count + this.#missed,
      missed: this.#missed,
      ...(latencyMs === undefined ? {} : { latencyMs }),
    };
  }

  async #measure(event: GeneratedEvent, sinceMs: number): Promise<void> {
    const shown = await this.#visible(event, this.#signal).then(
      () => true,
      () => false,
    );
    if (shown) this.#latency.record(performance.now() - sinceMs);
    else this.#missed += 1;
  }
}
