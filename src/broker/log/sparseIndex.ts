/**
 * One entry per this many bytes of log: those of a gigabyte take half a megabyte of memory, and to
 * find a batch behind one takes a few reads.
 */
const interval = 64 * 1024;

/** An entry: [offset, position in bytes, the largest timestamp (ms) before that position]. */
export type IndexEntry = readonly [number, number, number];

/**
 * Where the batches of a segment lie, roughly: every 64 KiB one entry, in memory, sorted by
 * offset, position and timestamp alike. In columns, since an entry that were an object would take
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

  /** Notes a batch that was appended, where the last entry is far enough behind. */
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

  /** @returns a position at or before the batch that holds `offset` */
  positionOf(offset: number): number {
    const at = lastWhere(this.#offsets, (each) => each <= offset);
    return this.#positions[at] ?? 0;
  }

  /** @returns the last batch that it knows of at or before `position`: its offset and position */
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

/** The index of the last that holds, where all that hold come first; -1 where none does. */
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
