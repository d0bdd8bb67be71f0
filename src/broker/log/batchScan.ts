import { BytesGoneError } from '../codec/bytes.js';
import {
  batchHeaderSize,
  batchPrefixSize,
  batchSize,
  isSound,
  readBatchHeader,
  type BatchHeader,
} from '../codec/recordBatch.js';
import { readFully } from '../storage/files.js';

/** Read at a time; a batch that is larger is read whole. */
const blockSize = 1024 * 1024;

/** Returns false to end the scan before this batch. */
export type BatchVisitor = (header: BatchHeader, position: number) => boolean;

/**
 * Visits the batches of a segment file from `from` up to `to`, checking form, checksum and that
 * offsets leave no gap.
 * @returns the position behind the last sound batch: less than `to` where the tail is torn
 */
export function scanSound(
  fd: number,
  from: number,
  to: number,
  firstOffset: number,
  visit: (header: BatchHeader, position: number) => void,
): number {
  let block = Buffer.allocUnsafe(blockSize);
  let position = from;
  let expected = firstOffset;
  while (to - position >= batchHeaderSize) {
    const got = readFully(fd, block.subarray(0, Math.min(block.length, to - position)), position);
    let at = 0;
    while (got - at >= batchHeaderSize) {
      const size = batchSize(block, at);
      if (size < batchHeaderSize || size > to - position - at) return position + at;
      if (size > got - at) break;
      const header = readBatchHeader(block, at);
      if (!isSound(block, at, header) || header.baseOffset !== expected) return position + at;
      visit(header, position + at);
      expected = header.lastOffset + 1;
      at += size;
    }
    if (at === 0) {
      const wanted = got >= batchPrefixSize ? batchSize(block, 0) : 0;
      if (wanted <= block.length) return position;
      block = Buffer.allocUnsafe(wanted);
    }
    position += at;
  }
  return position;
}

/**
 * Visits batch headers of a trusted stretch of a segment file, from `from` up to `to`, until the
 * visitor returns false. Reads headers only where batches are large.
 * @throws BytesGoneError where somebody has cut the file
 */
export function scanHeaders(fd: number, from: number, to: number, visit: BatchVisitor): void {
  const block = Buffer.allocUnsafe(Math.min(16 * 1024, to - from));
  let position = from;
  while (to - position >= batchHeaderSize) {
    const got = readFully(fd, block.subarray(0, Math.min(block.length, to - position)), position);
    let at = 0;
    while (got - at >= batchHeaderSize) {
      const header = readBatchHeader(block, at);
      if (!visit(header, position + at)) return;
      at += header.size;
    }
    if (at === 0) {
      throw new BytesGoneError(`a segment file ends before byte ${position + batchHeaderSize}`);
    }
    position += at;
  }
}
