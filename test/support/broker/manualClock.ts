import type { Clock } from '../../../src/broker/group/clock.js';

/** A clock that tests advance; due timers run in order. */
export class ManualClock implements Clock {
  #now = 1_000_000;
  #timers: { at: number; task: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  /** The number of pending timers. */
  get pending(): number {
    return this.#timers.length;
  }

  after(ms: number, task: () => void): () => void {
    const timer = { at: this.#now + ms, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.filter((each) => each.at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.#now = next.at;
      next.task();
    }
    this.#now = until;
  }
}
