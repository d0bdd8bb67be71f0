import { isInvalid, type LoadItem } from '../generators/stream.js';
import type { InvalidReason } from '../generators/trouble.js';
import type { Outcome } from './client.js';

/** Events that were sent as trouble on purpose, by kind. */
export interface TroubleCounts {
  readonly duplicates: number;
  readonly late: number;
  /** By what was wrong with them. */
  readonly invalid: Readonly<Partial<Record<InvalidReason, number>>>;
  /** Answers that were not as meant: a good event refused, or a bad one accepted. */
  readonly unexpected: number;
}

/** Counts the trouble of a load once it is answered. */
export class TroubleTally {
  readonly #invalid = new Map<InvalidReason, number>();
  #duplicates = 0;
  #late = 0;
  #unexpected = 0;

  answered(items: readonly LoadItem[], outcomes: readonly Outcome[]): void {
    for (const [index, { kind }] of items.entries()) {
      if (kind === 'duplicate') this.#duplicates += 1;
      if (kind === 'late') this.#late += 1;
      if (isInvalid(kind)) this.#invalid.set(kind, (this.#invalid.get(kind) ?? 0) + 1);
      const unmeant = isInvalid(kind) ? 'accepted' : 'rejected';
      if (outcomes[index]?.kind === unmeant) this.#unexpected += 1;
    }
  }

  counts(): TroubleCounts {
    return {
      duplicates: this.#duplicates,
      late: this.#late,
      invalid: Object.fromEntries(this.#invalid),
      unexpected: this.#unexpected,
    };
  }
}
