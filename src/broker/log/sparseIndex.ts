/**
 * Bytes of log per entry: the index of a gigabyte takes half a megabyte of memory, and a few reads
 * find a batch after an entry.
 */
const interval = 64 * 1024;

/** An entry: [offset, position in bytes, the largest timestamp (ms) before that position]. */
export type IndexEntry = readonly [number, number, number];

/**
 * The approximate positions of a segment's batches: one entry per 64 KiB, in memory, sorted by
 * offset, position and timestamp at once. Stored in columns, since one object per entry would take
 * three times the memory.
 */
export class SparseIndex {
  readonly #offsets: number[] = [];
  readonly #positions: number[] = [];
  readonly #timestamps: number[] = [];

  constructor(entries: readonly IndexEntry[] = []) {
    for (const entry of entries) this.#add(...entry);
  }

  get entries(): IndexEntry[] {
    return this.#offsets.map((offset, at) => [
      offset,
      this.#positions[at] ?? 0,
      this.#timestamps[at] ?? -1,
    ]);
  }

  /** Adds an entry for an appended batch if the last entry is far enough away. */
  note(offset: number, position: number, maxTimestampBefore: number): void {
    const last = this.#positions.at(-1);
    if (last === undefined || position - last >= interval) {
      this.#add(offset, position, maxTimestampBefore);
    }
  }

  #add(offset: number, position: number, maxTimestampBefore: number): void {
    this.#offsets.push(offset);
    this.#positions.push(position);
    this.#timestamps.push(maxTimestampBefore);
  }

  /** @returns a position at or before the batch that contains `offset` */
  positionOf(offset: number): number {
    const at = lastWhere(this.#offsets, (each) => each <= offset);
    return this.#positions[at] ?? 0;
  }

  /** @returns the offset and position of the last indexed batch at or before `position` */
  batchBefore(position: number): { offset: number; position: number } {
    const at = lastWhere(this.#positions, (each) => each <= position);
    return { offset: this.#offsets[at] ?? 0, position: this.#positions[at] ?? 0 };
  }

  /** @returns a position before which every timestamp is less than `timestamp` */
  positionBefore(timestamp: number): number {
    const at = lastWhere(this.#timestamps, (each) => each < timestamp);
    return this.#positions[at] ?? 0;
  }
}

/** The index of the last value that holds, or -1. The values that hold must come first. */
function lastWhere(sorted: readonly number[], holds: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(sorted[middle] ?? 0)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}
