import { errorCodes, type ErrorCode } from '../codec/errorCodes.js';
import type { BatchHeader } from '../codec/recordBatch.js';

/** The number of a producer's last batches that are recognized as duplicates. */
const keptBatches = 5;
/** Sequence numbers are int32 and wrap to 0. */
const sequences = 2 ** 31;

/** One batch: [first sequence, last sequence, base offset, timestamp ms]. */
type ProducedBatch = readonly [number, number, number, number];

export interface ProducerState {
  readonly id: number;
  readonly epoch: number;
  /** The last batches, oldest first, at most five. */
  readonly batches: readonly ProducedBatch[];
  /** Time of the last write, ms since 1970. */
  readonly usedAt: number;
}

export type SequenceCheck =
  | { readonly kind: 'next' }
  | { readonly kind: 'duplicate'; readonly baseOffset: number; readonly timestamp: number }
  | { readonly kind: 'refused'; readonly error: ErrorCode };

const next: SequenceCheck = { kind: 'next' };

function lastSequence(batch: BatchHeader): number {
  return (batch.baseSequence + batch.count - 1) % sequences;
}

/**
 * The state of the idempotent producers of one partition (KIP-98), by which duplicate batches are
 * detected. It can be rebuilt from the log, whose batches contain all of it.
 */
export class ProducerStates {
  #states: Map<number, ProducerState>;

  constructor(snapshot: readonly ProducerState[] = []) {
    this.#states = new Map(snapshot.map((state) => [state.id, state]));
  }

  snapshot(): readonly ProducerState[] {
    return [...this.#states.values()];
  }

  /** Whether a batch is the next of its producer, a duplicate, or out of order. */
  check(batch: BatchHeader): SequenceCheck {
    const state = this.#states.get(batch.producerId);
    if (state === undefined) {
      // Expired or new: any sequence is accepted as the first, as in Kafka (KIP-360).
      return next;
    }
    if (batch.producerEpoch < state.epoch) {
      return { kind: 'refused', error: errorCodes.INVALID_PRODUCER_EPOCH };
    }
    if (batch.producerEpoch > state.epoch) {
      return batch.baseSequence === 0
        ? next
        : { kind: 'refused', error: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER };
    }
    const last = lastSequence(batch);
    const known = state.batches.find((each) => each[0] === batch.baseSequence && each[1] === last);
    if (known !== undefined) {
      return { kind: 'duplicate', baseOffset: known[2], timestamp: known[3] };
    }
    const expected = ((state.batches.at(-1)?.[1] ?? -1) + 1) % sequences;
    return batch.baseSequence === expected
      ? next
      : { kind: 'refused', error: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER };
  }

  /** Records a batch that was appended at `baseOffset`. `now` is in ms since 1970. */
  note(batch: BatchHeader, baseOffset: number, now: number): void {
    const state = this.#states.get(batch.producerId);
    const earlier = state?.epoch === batch.producerEpoch ? state.batches : [];
    const appended: ProducedBatch = [
      batch.baseSequence,
      lastSequence(batch),
      baseOffset,
      batch.maxTimestamp,
    ];
    this.#states.set(batch.producerId, {
      id: batch.producerId,
      epoch: batch.producerEpoch,
      batches: [...earlier, appended].slice(-keptBatches),
      usedAt: now,
    });
  }

  /** Removes producers that have not written since `before` (ms since 1970). */
  expire(before: number): void {
    for (const state of this.#states.values()) {
      if (state.usedAt < before) this.#states.delete(state.id);
    }
  }
}
