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
 * One file of a partition's log: a sequence of record batches, exactly as on the wire.
 * It has a checkpoint file once it is full or was closed cleanly; see checkpoint.ts.
 */
export class Segment {
  readonly baseOffset: number;
  readonly #dir: string;
  readonly #fd: number;
  /** Creation time of the file, ms since 1970. */
  readonly createdAt: number;
  #index: SparseIndex;
  #size: number;
  #nextOffset: number;
  #maxTimestamp: number;
  /** The number of bytes that a checkpoint covers. */
  #checkpointed = 0;
  #closed = false;

  /** Opens or creates the file. The segment is empty until {@link restore} or {@link note}. */
  constructor(dir: string, baseOffset: number) {
    this.baseOffset = baseOffset;
    this.#dir = dir;
    const flags = constants.O_RDWR | constants.O_CREAT;
    this.#fd = openSync(fileOf(dir, baseOffset, logSuffix), flags, fileMode);
    // Some file systems do not store the birth time and report 0.
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

  /** The offset after its last record. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** The largest record timestamp, ms since 1970; -1 if the segment is empty. */
  get maxTimestamp(): number {
    return this.#maxTimestamp;
  }

  /** The size of the file, in bytes. Before recovery it may exceed {@link size}. */
  fileSize(): number {
    return fstatSync(this.#fd).size;
  }

  /** The checkpoint, or undefined if there is none or it covers more than the file has. */
  checkpoint(): Checkpoint | undefined {
    const checkpoint = readCheckpoint(fileOf(this.#dir, this.baseOffset, '.checkpoint'));
    return checkpoint !== undefined && checkpoint.size <= this.fileSize() ? checkpoint : undefined;
  }

  /** Restores the state that a checkpoint has stored. */
  restore(checkpoint: Checkpoint): void {
    this.#index = new SparseIndex(checkpoint.index);
    this.#size = checkpoint.size;
    this.#checkpointed = checkpoint.size;
    this.#nextOffset = checkpoint.nextOffset;
    this.#maxTimestamp = checkpoint.maxTimestamp;
  }

  /** Adds the batch at the end to the segment: one just written, or one found by recovery. */
  note(batch: BatchHeader, lastOffset: number): void {
    const baseOffset = lastOffset - batch.lastOffsetDelta;
    this.#index.note(baseOffset, this.#size, this.#maxTimestamp);
    this.#size += batch.size;
    this.#nextOffset = lastOffset + 1;
    this.#maxTimestamp = Math.max(this.#maxTimestamp, batch.maxTimestamp);
  }

  /** Writes bytes after the end; {@link note} makes them part of the segment. */
  write(bytes: Buffer): void {
    writeFully(this.#fd, bytes, this.#size);
  }

  /** Truncates the file to the end of the segment: removes a torn tail or a partial write. */
  truncate(): void {
    ftruncateSync(this.#fd, this.#size);
  }

  /** @returns the position of the batch that contains `offset`, or of the next batch */
  locate(offset: number): number | undefined {
    let found: number | undefined;
    scanHeaders(this.#fd, this.#index.positionOf(offset), this.#size, (batch, position) => {
      if (batch.lastOffset < offset) return true;
      found = position;
      return false;
    });
    return found;
  }

  /** @returns the first batch with a record at or after `timestamp` (ms), and its position */
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
   * Finds the whole batches from `position` on that fit in `maxBytes`.
   * @param atLeastOne whether to include the first batch even if it exceeds `maxBytes`
   * @returns the end position of the last of them, and the offset after it
   */
  wholeBatches(
    position: number,
    maxBytes: number,
    atLeastOne: boolean,
  ): { end: number; nextOffset: number } {
    const limit = position + maxBytes;
    if (limit >= this.#size) return { end: this.#size, nextOffset: this.#nextOffset };
    const known = this.#index.batchBefore(limit);
    let end = Math.max(position, known.position);
    let nextOffset = known.offset;
    scanHeaders(this.#fd, end, this.#size, (batch, at) => {
      const fits = at + batch.size <= limit || (atLeastOne && at === position);
      if (fits) {
        end = at + batch.size;
        nextOffset = batch.lastOffset + 1;
      }
      return fits;
    });
    return { end, nextOffset };
  }

  /** Bytes that are read when they are sent. The read fails if the segment is closed by then. */
  slice(position: number, length: number): StoredBytes {
    return { length, read: (into, at) => this.#read(into, position + at) };
  }

  #read(into: Buffer, position: number): void {
    // After a close, the file descriptor may belong to another file.
    if (this.#closed || readFully(this.#fd, into, position) < into.length) {
      throw new BytesGoneError(`${this.#dir}: the bytes at ${position} are no longer available`);
    }
  }

  /** Flushes the file, so that it survives a power failure, and writes a checkpoint. */
  seal(producers: readonly ProducerState[]): void {
    if (this.#size === this.#checkpointed) return;
    fdatasyncSync(this.#fd);
    this.#writeCheckpoint(producers);
  }

  /** Like {@link seal}, but does not block the process during the flush. */
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

  /** Closes the segment and deletes its files. */
  remove(): void {
    this.close();
    rmSync(fileOf(this.#dir, this.baseOffset, logSuffix), { force: true });
    rmSync(fileOf(this.#dir, this.baseOffset, '.checkpoint'), { force: true });
  }
}
