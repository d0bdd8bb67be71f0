import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';

import { BytesGoneError, type StoredBytes } from '../codec/bytes.js';
import type { BatchHeader } from '../codec/recordBatch.js';
import { fileMode, readFully, writeFully } from '../storage/files.js';
import { scanHeaders } from './batchScan.js';
import { readCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint.js';
import type { ProducerState } from './producerStates.js';
import { SparseIndex } from './sparseIndex.js';

const logSuffix = '.log';

function fileOf(dir: string, baseOffset: number, suffix: string): string {
  return join(dir, String(baseOffset).padStart(20, '0') + suffix);
}

/** The base offsets of the segments in a partition's directory, in order. */
export function listSegments(dir: string): number[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(logSuffix))
    .map((name) => Number(name.slice(0, -logSuffix.length)))
    .sort((a, b) => a - b);
}

/**
 * One file of a partition's log: record batches, exactly as on the wire, one behind the other.
 * Beside it lies a checkpoint once it was full or cleanly closed; see checkpoint.ts.
 */
export class Segment {
  readonly baseOffset: number;
  readonly #dir: string;
  readonly #fd: number;
  /** When it was begun, ms since 1970. */
  readonly createdAt: number;
  #index: SparseIndex;
  #size: number;
  #nextOffset: number;
  #maxTimestamp: number;
  /** How much of it a checkpoint covers. */
  #checkpointed = 0;
  #closed = false;

  /** Opens the file of that base offset, or makes it. It is empty until {@link restore}d. */
  constructor(dir: string, baseOffset: number) {
    this.baseOffset = baseOffset;
    this.#dir = dir;
    const flags = constants.O_RDWR | constants.O_CREAT;
    this.#fd = openSync(fileOf(dir, baseOffset, logSuffix), flags, fileMode);
    // Some file systems do not keep the time of birth, and say 0.
    const { birthtimeMs, mtimeMs } = fstatSync(this.#fd);
    this.createdAt = birthtimeMs > 0 ? birthtimeMs : mtimeMs;
    this.#index = new SparseIndex();
    this.#size = 0;
    this.#nextOffset = baseOffset;
    this.#maxTimestamp = -1;
  }

  get fd(): number {
    return this.#fd;
  }

  get size(): number {
    return this.#size;
  }

  /** The offset behind its last record. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** The largest record time in it, ms since 1970; -1 where it is empty. */
  get maxTimestamp(): number {
    return this.#maxTimestamp;
  }

  /** Bytes in the file, which before recovery may be more than {@link size}. */
  fileSize(): number {
    return fstatSync(this.#fd).size;
  }

  /** Its checkpoint, where there is one that the file bears out. */
  checkpoint(): Checkpoint | undefined {
    const checkpoint = readCheckpoint(fileOf(this.#dir, this.baseOffset, '.checkpoint'));
    return checkpoint !== undefined && checkpoint.size <= this.fileSize() ? checkpoint : undefined;
  }

  /** Takes over what a checkpoint knows about the file's beginning. */
  restore(checkpoint: Checkpoint): void {
    this.#index = new SparseIndex(checkpoint.index);
    this.#size = checkpoint.size;
    this.#checkpointed = checkpoint.size;
    this.#nextOffset = checkpoint.nextOffset;
    this.#maxTimestamp = checkpoint.maxTimestamp;
  }

  /** Notes that a batch lies at the end: one just written, or one found by recovery. */
  note(batch: BatchHeader, lastOffset: number): void {
    const baseOffset = lastOffset - batch.lastOffsetDelta;
    this.#index.note(baseOffset, this.#size, this.#maxTimestamp);
    this.#size += batch.size;
    this.#nextOffset = lastOffset + 1;
    this.#maxTimestamp = Math.max(this.#maxTimestamp, batch.maxTimestamp);
  }

  /** Writes bytes behind the end; {@link note} makes them part of the segment. */
  write(bytes: Buffer): void {
    writeFully(this.#fd, bytes, this.#size);
  }

  /** Cuts what lies behind the end: a torn tail, or half of a failed write. */
  truncate(): void {
    ftruncateSync(this.#fd, this.#size);
  }

  /** @returns the position of the batch that holds `offset`, or of the next after it */
  locate(offset: number): number | undefined {
    let found: number | undefined;
    scanHeaders(this.#fd, this.#index.positionOf(offset), this.#size, (batch, position) => {
      if (batch.lastOffset < offset) return true;
      found = position;
      return false;
    });
    return found;
  }

  /** @returns the first batch with a record at or after `timestamp` (ms), and where it lies */
  locateTime(timestamp: number): { batch: BatchHeader; position: number } | undefined {
    let found: { batch: BatchHeader; position: number } | undefined;
    const from = this.#index.positionBefore(timestamp);
    scanHeaders(this.#fd, from, this.#size, (batch, position) => {
      if (batch.maxTimestamp < timestamp) return true;
      found = { batch, position };
      return false;
    });
    return found;
  }

  /**
   * The whole batches from the one at `position` on that take `most` bytes together.
   * @param atLeastOne whether the first counts even where it is larger than that
   * @returns where the last of them ends, and the offset behind it
   */
  wholeBatches(
    position: number,
    most: number,
    atLeastOne: boolean,
  ): { end: number; nextOffset: number } {
    const limit = position + most;
    if (limit >= this.#size) return { end: this.#size, nextOffset: this.#nextOffset };
    const known = this.#index.batchBefore(limit);
    let end = Math.max(position, known.position);
    let nextOffset = known.offset;
    scanHeaders(this.#fd, end, this.#size, (batch, at) => {
      const counts = at + batch.size <= limit || (atLeastOne && at === position);
      if (counts) {
        end = at + batch.size;
        nextOffset = batch.lastOffset + 1;
      }
      return counts;
    });
    return { end, nextOffset };
  }

  /** Bytes to be read when they are sent, as long as the segment is there. */
  stretch(position: number, length: number): StoredBytes {
    return { length, read: (into, at) => this.#read(into, position + at) };
  }

  #read(into: Buffer, position: number): void {
    // Once it is closed, its file descriptor may be another file's.
    if (this.#closed || readFully(this.#fd, into, position) < into.length) {
      throw new BytesGoneError(`${this.#dir} has the bytes at ${position} no more`);
    }
  }

  /** Makes what was written survive a power cut, and a restart quick. */
  seal(producers: readonly ProducerState[]): void {
    if (this.#size === this.#checkpointed) return;
    fdatasyncSync(this.#fd);
    this.#writeCheckpoint(producers);
  }

  /** Like {@link seal}, without holding up the process while the disk writes. */
  async sealInBackground(producers: readonly ProducerState[]): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      fdatasync(this.#fd, (error) => {
        if (error === null) {
          resolve();
        } else {
          reject(error);
        }
      });
    });
    this.#writeCheckpoint(producers);
  }

  #writeCheckpoint(producers: readonly ProducerState[]): void {
    writeCheckpoint(fileOf(this.#dir, this.baseOffset, '.checkpoint'), {
      size: this.#size,
      nextOffset: this.#nextOffset,
      maxTimestamp: this.#maxTimestamp,
      index: this.#index.entries,
      producers,
    });
    this.#checkpointed = this.#size;
  }

  close(): void {
    this.#closed = true;
    closeSync(this.#fd);
  }

  /** Closes and removes it from the disk. */
  remove(): void {
    this.close();
    rmSync(fileOf(this.#dir, this.baseOffset, logSuffix), { force: true });
    rmSync(fileOf(this.#dir, this.baseOffset, '.checkpoint'), { force: true });
  }
}
