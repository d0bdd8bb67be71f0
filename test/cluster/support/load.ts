import { setTimeout as sleep } from 'node:timers/promises';

import type { History } from '../../chaos/history.js';
import { runChaosLoad } from '../../chaos/load.js';
import { seededRandom } from '../../faults/random.js';
import { until } from '../../support/until.js';

/** Distinct events sent per second; about one in 15 is sent again, and one in 30 is invalid. */
const sentPerSecond = 600;
/** Accepted events per second from which the load counts as flowing. */
export const minPerSecond = 500;
const portionMs = 5_000;
/** Longer than a failover, so that late responses count. */
const requestTimeoutMs = 30_000;

/** A load on ingest that runs until it is stopped and records every response. */
export class ContinuousLoad {
  readonly #history: History;
  readonly #stop = new AbortController();
  readonly #sending: Promise<void>;

  constructor(url: string, history: History, seed: number) {
    this.#history = history;
    this.#sending = this.#send(url, seed);
  }

  /** Waits until at least {@link minPerSecond} events per second are accepted. @returns the rate */
  async flowing(timeoutMs = 60_000): Promise<number> {
    let rate = 0;
    await until(async () => {
      const [before, beginMs] = [this.#history.accepted, performance.now()];
      await sleep(1_000);
      const seconds = (performance.now() - beginMs) / 1_000;
      rate = Math.round((this.#history.accepted - before) / seconds);
      return rate >= minPerSecond;
    }, timeoutMs);
    return rate;
  }

  /** Resolves once the last request has been answered. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#sending;
  }

  async #send(url: string, seed: number): Promise<void> {
    const { signal } = this.#stop;
    for (let portion = 0; !signal.aborted; portion += 1) {
      await runChaosLoad({
        url,
        seed: seed * 10_000 + portion,
        random: seededRandom(seed * 10_000 + portion + 5_000),
        events: (sentPerSecond * portionMs) / 1_000,
        overMs: portionMs,
        history: this.#history,
        requestTimeoutMs,
        signal,
      });
    }
  }
}
