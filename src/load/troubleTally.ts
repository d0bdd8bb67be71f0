import { isInvalid, type LoadItem } from '../generators/stream.js';
import type { InvalidReason } from '../generators/trouble.js';
import type { Outcome } from './client.js';

/** Events that were sent as deliberate trouble, by kind. */
export interface TroubleCounts {
  readonly duplicates: number;
  readonly late: number;
  /** By the reason why they are invalid. */
  readonly invalid: Readonly<Partial<Record<InvalidReason, number>>>;
  /** Unexpected responses: a valid event was rejected, or an invalid one accepted. */
  readonly unexpected: number;
}

/** Counts the trouble in a load from its responses. */
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
      const unexpected = isInvalid(kind) ? 'accepted' : 'rejected';
      if (outcomes[index]?.kind === unexpected) this.#unexpected += 1;
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
