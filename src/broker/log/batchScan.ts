import { BytesGoneError } from '../codec/bytes.js';
import {
  batchHeaderSize,
  batchPrefixSize,
  batchSize,
  isValidBatch,
  readBatchHeader,
  type BatchHeader,
} from '../codec/recordBatch.js';
import { readFully } from '../storage/files.js';

/** Bytes per read; a larger batch is read whole. */
const blockSize = 1024 * 1024;

/** Returns false to stop the scan before this batch. */
export type BatchVisitor = (header: BatchHeader, position: number) => boolean;

/**
 * Visits the batches of a segment file from `from` up to `to`, and checks their format, their
 * checksums and that their offsets are contiguous.
 * @returns the end of the last valid batch, in bytes; less than `to` if the tail is torn
 */
export function scanValidBatches(
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
      if (!isValidBatch(block, at, header) || header.baseOffset !== expected) return position + at;
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
 * Visits the batch headers of a segment file from `from` up to `to`, until the visitor returns
 * false. It checks nothing, and of large batches it reads only the headers.
 * @throws BytesGoneError if the file was truncated
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
