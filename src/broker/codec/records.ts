import { batchHeaderSize, type BatchHeader } from './recordBatch.js';

/**
 * Finds a record by its timestamp in an uncompressed batch. The layout of a record:
 *
 *   length varint · attributes int8 · timestampDelta varlong · offsetDelta varint · key, value, headers
 *
 * @param batch the whole batch
 * @param timestamp ms since 1970
 * @returns the first record at or after it, or undefined if there is none or a length is invalid
 */
export function firstRecordAt(
  batch: Buffer,
  header: BatchHeader,
  timestamp: number,
): { offset: number; timestamp: number } | undefined {
  let at = batchHeaderSize;
  for (let left = header.count; left > 0 && at < batch.length; left -= 1) {
    const length = varint(batch, at);
    const delta = varint(batch, length.end + 1);
    const offsetDelta = varint(batch, delta.end);
    const time = header.baseTimestamp + delta.value;
    if (time >= timestamp) {
      return { offset: header.baseOffset + offsetDelta.value, timestamp: time };
    }
    at = length.end + Math.max(0, length.value);
  }
  return undefined;
}

/** A zigzag varint: seven bits per byte, lowest first. Past the end of the buffer, it reads 0. */
function varint(bytes: Buffer, from: number): { value: number; end: number } {
  let raw = 0;
  let at = from;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = bytes[at] ?? 0;
    raw += (byte & 0x7f) * 2 ** shift;
    at += 1;
    if (byte < 0x80) break;
  }
  return { value: raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2, end: at };
}
