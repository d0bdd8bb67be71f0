import type { GeneratedEvent } from '../generators/events.js';
import { LatencyRecorder, type Latency } from './latency.js';

/**
 * Resolves once the stores show an event; rejects where they do not within the probe's own time, or
 * once the signal aborts.
 */
export type Visible = (event: GeneratedEvent, signal: AbortSignal) => Promise<void>;

export interface Visibility {
  readonly samples: number;
  /** Sampled events that did not become visible in time. */
  readonly missed: number;
  /** From when the event was due; absent where no sample became visible. */
  readonly latencyMs?: Latency;
}

/** Asking costs the stores something: at most 20 events a second, and 20 at once. */
const bounds = { intervalMs: 50, pending: 20 } as const;

/** Measures how long accepted events take to become visible, by a sample of them. */
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
   * An event was just accepted: it becomes a sample where the bounds allow.
   * @param dueMs when it was due, by performance.now()
   */
  offer(event: GeneratedEvent, dueMs: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastMs < bounds.intervalMs || this.#pending.size >= bounds.pending) return;
    this.#lastMs = nowMs;
    const probe = this.#measure(event, dueMs).finally(() => this.#pending.delete(probe));
    this.#pending.add(probe);
  }

  /** Waits for the samples under way. */
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
