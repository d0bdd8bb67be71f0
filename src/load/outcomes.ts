import type { Outcome } from './client.js';

const kinds = ['unsent', 'accepted', 'rejected', 'failed'] as const;

/** The outcome of each event of a load, by its index: one byte per event. */
export class OutcomeLog {
  #kinds = new Uint8Array(1_024);
  #length = 0;

  /** One more than the highest index that was set. */
  get length(): number {
    return this.#length;
  }

  set(index: number, kind: Outcome['kind']): void {
    if (index >= this.#kinds.length) {
      const grown = new Uint8Array(Math.max(index + 1, 2 * this.#kinds.length));
      grown.set(this.#kinds);
      this.#kinds = grown;
    }
    this.#kinds[index] = kinds.indexOf(kind);
    this.#length = Math.max(this.#length, index + 1);
  }

  get(index: number): (typeof kinds)[number] {
    return kinds[this.#kinds[index] ?? 0] ?? 'unsent';
  }
}
