import { errorCodes, type ErrorCode } from '../codec/errorCodes.js';
import {
  batchHeaderSize,
  isValidBatch,
  readBatchHeader,
  type BatchHeader,
} from '../codec/recordBatch.js';

/** Codec ids 0 to 4 are assigned: none, gzip, snappy, lz4, zstd. */
const lastCompression = 4;
const gzipCodec = 1;

export type ValidatedBatch =
  | { readonly error: typeof errorCodes.NONE; readonly batch: Buffer; readonly header: BatchHeader }
  | { readonly error: Exclude<ErrorCode, typeof errorCodes.NONE>; readonly message: string };

/**
 * Validates the records that a producer sent for one partition: exactly one valid batch of magic 2,
 * with an assigned codec, within the size limit, and of a kind that a client may write.
 * @param config the topic's max.message.bytes, and whether its compression.type is uncompressed
 */
export function validateBatch(
  records: Buffer | null,
  { maxMessageBytes: maxBytes, uncompressed }: { maxMessageBytes: number; uncompressed: boolean },
): ValidatedBatch {
  if (records === null || records.length === 0) {
    return { error: errorCodes.INVALID_RECORD, message: 'exactly one record batch is expected' };
  }
  if (records.length < batchHeaderSize) {
    return { error: errorCodes.CORRUPT_MESSAGE, message: 'the record batch is incomplete' };
  }
  const header = readBatchHeader(records);
  if (header.magic !== 2) {
    return {
      error: errorCodes.CORRUPT_MESSAGE,
      message: `message format ${header.magic} is not supported: only record batches of magic 2 are`,
    };
  }
  if (header.size > records.length) {
    const message = `a record batch of ${header.size} bytes in ${records.length}`;
    return { error: errorCodes.CORRUPT_MESSAGE, message };
  }
  if (header.size > maxBytes) {
    const message = `a batch of ${header.size} bytes is larger than max.message.bytes, ${maxBytes}`;
    return { error: errorCodes.MESSAGE_TOO_LARGE, message };
  }
  if (!isValidBatch(records, 0, header)) {
    return {
      error: errorCodes.CORRUPT_MESSAGE,
      message: 'the checksum or the record count is invalid',
    };
  }
  if (header.size < records.length) {
    return { error: errorCodes.INVALID_RECORD, message: 'exactly one record batch is expected' };
  }
  if (header.compression > lastCompression) {
    const message = `compression codec ${header.compression} is unknown`;
    return { error: errorCodes.CORRUPT_MESSAGE, message };
  }
  if (uncompressed && header.compression > gzipCodec) {
    const message = `compression codec ${header.compression} is not allowed: the topic accepts only none and gzip`;
    return { error: errorCodes.UNSUPPORTED_COMPRESSION_TYPE, message };
  }
  if (header.control) {
    return { error: errorCodes.INVALID_RECORD, message: 'clients may not write control batches' };
  }
  if (header.transactional) {
    return { error: errorCodes.INVALID_RECORD, message: 'transactions are not supported' };
  }
  return { error: errorCodes.NONE, batch: records, header };
}
