/**
 * One entry per this many bytes of log: those of a gigabyte take less than two megabytes of memory, and
 * to find a batch behind one takes a few reads.
 */
const INTERVAL = 64 * 1024;

/** An entry: [offset, position in bytes, the largest timestamp (ms) before that position]. */
export type IndexEntry = readonly [number, number, number];

/**
 * Where the batches of a segment lie, roughly: every 64 KiB one entry, in memory, sorted by
 * offset, position and timestamp alike.
 */
export class SparseIndex {
  readonly #entries: IndexEntry[];

  constructor(entries: readonly IndexEntry[] = []) {
    this.#entries = [...entries];
  }

  get entries(): readonly IndexEntry[] {
    return this.#entries;
  }

  /** Notes a batch that was appended, where the last entry is far enough behind. */
  note(offset: number, position: number, maxTimestampBefore: number): void {
    const last = this.#entries.at(-1);
    if (last === undefined || position - last[1] >= INTERVAL) {
      this.#entries.push([offset, position, maxTimestampBefore]);
    }
  }

  /** @returns a position at or before the batch that holds `offset` */
  positionOf(offset: number): number {
    return this.#last((entry) => entry[0] <= offset)?.[1] ?? 0;
  }

  /** @returns the last batch that it knows of at or before `position`: its offset and position */
  batchBefore(position: number): { offset: number; position: number } {
    const [offset, at] = this.#last((entry) => entry[1] <= position) ?? [0, 0];
    return { offset, position: at };
  }

  /** @returns a position before which every timestamp is less than `timestamp` */
  positionBefore(timestamp: number): number {
    return this.#last((entry) => entry[2] < timestamp)?.[1] ?? 0;
  }

  /** The last entry that holds, where all that hold come first. */
  #last(holds: (entry: IndexEntry) => boolean): IndexEntry | undefined {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && holds(entry)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return this.#entries[low - 1];
  }
}
